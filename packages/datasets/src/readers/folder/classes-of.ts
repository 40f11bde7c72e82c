import { howMany } from '@gansweep/domain';

/** The classes of a folder's files. */
export interface FileClasses {
  /** Sorted by code units; null where the folder has none. */
  readonly names: readonly string[] | null;
  /** Index into `names`, 0 without. */
  labelOf(path: string): number;
}

export const CLASSES_MAX = 256;

/** Classes that cannot be told. The message completes "FOLDER …". */
export class BadClasses extends Error {
  override readonly name = 'BadClasses';
}

/** By the first folder of each path; a folder with pictures at its top, or with one sub-folder only, has no classes. */
export function classesByFolder(paths: readonly string[]): FileClasses {
  const top = (path: string): string | null => (path.includes('/') ? path.slice(0, path.indexOf('/')) : null);
  const tops = new Set(paths.map(top));
  if (tops.has(null) || tops.size < 2) return { names: null, labelOf: () => 0 };
  return named([...(tops as Set<string>)], (path) => top(path) as string);
}

/**
 * By a JSON list of icons with `image` and `category`, or by a table of path and class, one row a line, separated by a comma; a first row `file,class` (or the like) is passed
 * over when no picture is called so. @throws BadClasses where a picture has no row, or a row is none.
 */
export function classesByTable(paths: readonly string[], table: string): FileClasses {
  const rows = /^\s*\[/.test(table) ? rowsOfIconList(table) : rowsOfTable(table);
  const without = paths.filter((path) => !rows.has(path));
  if (without.length > 0)
    throw new BadClasses(
      `has ${howMany(without.length, 'picture')} without a row in its table of classes: ${without.slice(0, 3).join(', ')}${without.length > 3 ? ', …' : ''}`,
    );
  const classOf = (path: string): string => rows.get(path) as string;
  return named([...new Set(paths.map(classOf))], classOf);
}

function rowsOfTable(table: string): ReadonlyMap<string, string> {
  const rows = new Map<string, string>();
  table.split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === '') return;
    const fields = fieldsOf(line);
    if (fields === null || fields.length !== 2 || fields.some((field) => field === ''))
      throw new BadClasses(`line ${i + 1} of its table of classes is not PATH,CLASS`);
    rows.set((fields[0] as string).replace(/^\.\//, ''), fields[1] as string);
  });
  return rows;
}

/** A JSON list of icons, each with its file and its category, whose name becomes one word: `food-and-drink`. */
function rowsOfIconList(text: string): ReadonlyMap<string, string> {
  const rows = new Map<string, string>();
  jsonListOf(text).forEach((icon, i) => {
    const [image, category] = [textIn(icon, 'image'), textIn(icon, 'category')];
    if (image === null || category === null)
      throw new BadClasses(
        `has a JSON list for a table of classes whose entry ${i} lacks ${image === null ? 'image' : 'category'}: each needs both, as texts`,
      );
    const word = category
      .toLowerCase()
      .replaceAll('&', 'and')
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '');
    // The packages emoji-datasource-… list the variations of an icon below it.
    const variations: unknown = (icon as { readonly skin_variations?: unknown }).skin_variations ?? {};
    for (const file of [image, ...Object.values(variations as object).map((one) => textIn(one, 'image'))])
      if (file !== null) rows.set(file, word);
  });
  return rows;
}

function jsonListOf(text: string): readonly unknown[] {
  try {
    return JSON.parse(text) as readonly unknown[];
  } catch {
    throw new BadClasses('has a table of classes that begins as a JSON list and is none');
  }
}

function textIn(value: unknown, key: string): string | null {
  const found: unknown = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : null;
  return typeof found === 'string' && found !== '' ? found : null;
}

function named(names: readonly string[], classOf: (path: string) => string): FileClasses {
  if (names.length > CLASSES_MAX)
    throw new BadClasses(
      `has ${names.length} classes, and at most ${CLASSES_MAX} are taken: gather some, or add it without`,
    );
  const sorted = [...names].sort((a, b) => (a < b ? -1 : 1));
  const numbers = new Map(sorted.map((name, i) => [name, i]));
  return { names: sorted, labelOf: (path) => numbers.get(classOf(path)) as number };
}

/** Fields of a line, quoted or not; null where a quote does not end. */
function fieldsOf(line: string): readonly string[] | null {
  const fields: string[] = [];
  for (let rest = line; ; ) {
    const match = /^\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/.exec(rest);
    if (match === null) return null;
    fields.push(match[1] === undefined ? (match[2] ?? '').trim() : match[1].replaceAll('""', '"'));
    if (match[3] !== ',') return fields;
    rest = rest.slice(match[0].length);
  }
}
