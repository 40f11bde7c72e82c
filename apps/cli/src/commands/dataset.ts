import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ServiceUnreachable } from '@gansweep/contract';
import {
  FolderRefused,
  type FolderReport,
  makeFolderSet,
  newestFolderReport,
  openDataset,
  openFolderSet,
  readCifar10,
} from '@gansweep/datasets';
import {
  type DatasetId,
  type FolderId,
  type FolderVersion,
  IMAGE_SETS,
  type ImageReals,
  isFolderId,
  isPlaneLaw,
  isPluginName,
  type PlaneLaw,
  pluginsOfKind,
} from '@gansweep/domain';
import { renderSamples } from '@gansweep/evaluation';
import { type Config, EXIT, readConfig } from '@gansweep/runtime';
import { resolveConfiguration, sidesOf } from '@gansweep/spec';
import { encode } from 'fast-png';
import { Broken, Refused, UsageError } from '../failures.ts';
import { serviceClient } from '../service/client.ts';
import { number, table } from '../terminal/table.ts';
import type { Command } from './command.ts';
import { integerOf, wordsOf } from './words.ts';

const OPTIONS = {
  resolution: { type: 'string' },
  grey: { type: 'boolean' },
  background: { type: 'string' },
  classes: { type: 'string' },
  list: { type: 'string' },
  exclude: { type: 'string' },
  format: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean' },
} as const;
const VERBS = 'add NAME DIR|list|inspect NAME|preview NAME|exclude NAME --list FILE';
const RESOLUTION = 64;
const RESOLUTIONS = { least: 8, most: 512 } as const;
/** Pictures whose prepared values differ by less have, to the eye, one colour. */
const NEARLY_CONSTANT = 4;
const SHOWN = 32;
const PREVIEWED = 64;
const PREVIEWED_POINTS = 4_000;

export const dataset: Command = {
  usage: VERBS,
  about: 'folders of pictures as data sets: register, list, look for doubles and blanks, leave files out',
  details: [
    'add NAME DIR            reads every PNG and JPEG below DIR once and registers them as folder:NAME; again: a new version',
    '  --resolution N        prepare them at N × N pixels now (standard 64); other sizes are prepared when a run asks',
    '  --grey                one channel by luma; standard: RGB',
    '  --background RRGGBB    what shows through where a picture is clear; standard ffffff',
    '  --classes WHAT        folders (standard: the first sub-folder), none, or a file of lines PATH,CLASS',
    '  --exclude FILE        leave out the paths that FILE lists, one a line',
    '  --format cifar10      DIR holds data_batch_*.bin of CIFAR-10; their images are unpacked once, by class, beside the data sets',
    'list                    data sets that specs may name',
    'inspect NAME            counts by class and size, exact doubles, nearly constant pictures; their thumbnails as PNG',
    'preview NAME            what training sees, as PNG: pictures, or points of a law; also of a built-in set or one of a plugin',
    '                        (--resolution N, --out FILE)',
    'exclude NAME --list FILE   a new version without the paths that FILE lists',
    '--json                  the answer as JSON',
  ].join('\n'),
  run: async (words) => {
    const { positionals, values } = wordsOf(words, OPTIONS, { names: [VERBS], more: true });
    const [verb, name, folder, surplus] = positionals;
    if (surplus !== undefined) throw new UsageError(`'${surplus}' is one word too many (--help shows the form)`);
    const config = readConfig(process.env);
    switch (verb) {
      case 'add':
        return add(idOf(name), folder, config, values);
      case 'list':
        return list(values.json ?? false);
      case 'inspect':
        return inspect(idOf(name), config, values);
      case 'preview':
        return isKnownUnregistered(name)
          ? previewUnregistered(name, config, values)
          : preview(idOf(name), config, values);
      case 'exclude':
        return exclude(idOf(name), config, values);
      default:
        throw new UsageError(`dataset ${VERBS}; not 'dataset ${verb}'`);
    }
  },
};

interface Values {
  readonly resolution?: string | undefined;
  readonly grey?: boolean | undefined;
  readonly background?: string | undefined;
  readonly classes?: string | undefined;
  readonly list?: string | undefined;
  readonly exclude?: string | undefined;
  readonly format?: string | undefined;
  readonly out?: string | undefined;
  readonly json?: boolean | undefined;
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** The version of a folder that was read last on this machine; null for other data sets. @throws Refused without one. */
export async function localVersionOf(id: DatasetId, datasets: string): Promise<FolderVersion | null> {
  return isFolderId(id) ? (await reportOf(id, datasets)).version : null;
}

async function add(id: FolderId, folder: string | undefined, config: Config, values: Values): Promise<number> {
  if (folder === undefined) throw new UsageError('DIR is missing: dataset add NAME DIR');
  const classes = values.classes ?? 'folders';
  const report = await read(
    id,
    {
      root: await rootOf(folder, config, values),
      channels: values.grey ? 1 : 3,
      background: colourOf(values.background ?? 'ffffff'),
      classes: classes === 'folders' || classes === 'none' ? classes : { table: path.resolve(classes) },
      excluded: values.exclude === undefined ? [] : linesOf(values.exclude),
    },
    config,
    resolutionOf(values),
  );
  return register(report, values);
}

/** The folder of pictures that is meant: `folder` itself, or what a format of its own unpacks to. */
async function rootOf(folder: string, { datasets }: Config, { format }: Values): Promise<string> {
  if (format === undefined) return folder;
  if (format !== 'cifar10') throw new UsageError(`--format is cifar10 or left out (PNG and JPEG), not '${format}'`);
  const batches = await readCifar10(folder).catch((error: unknown) => {
    if (error instanceof FolderRefused) throw new Refused(error.message);
    throw error;
  });
  const root = path.join(datasets, `cifar10-${batches.hash.slice(0, 12)}`);
  if (existsSync(root)) return root;
  // In one move, so that nobody takes half of it for the whole.
  const unfinished = `${root}.${process.pid}.tmp`;
  for (const { name, pixels } of batches.images()) {
    const file = path.join(unfinished, `${name}.png`);
    mkdirSync(path.dirname(file), { recursive: true });
    // Not compressed: the same bytes, and so the same data hash, on every machine.
    writeFileSync(file, encode({ width: 32, height: 32, channels: 3, depth: 8, data: pixels }, { zlib: { level: 0 } }));
  }
  renameSync(unfinished, root);
  return root;
}

async function exclude(id: FolderId, config: Config, values: Values): Promise<number> {
  if (values.list === undefined) throw new UsageError('--list FILE is missing: the paths to leave out, one a line');
  const { version, files, side } = await reportOf(id, config.datasets);
  const known = new Set(files.map((file) => file.path));
  const asked = linesOf(values.list);
  const unknown = asked.filter((file) => !known.has(file) && !version.excluded.includes(file));
  if (unknown.length > 0)
    throw new Refused(
      `${unknown.length} of ${asked.length} lines of ${values.list} name no picture of ${id}, the first: ${JSON.stringify(unknown[0])}; ` +
        `paths are relative to ${version.root}`,
    );
  const excluded = [...new Set([...version.excluded, ...asked])].sort((a, b) => (a < b ? -1 : 1));
  const { root, channels, background, classesFrom } = version;
  const report = await read(id, { root, channels, background, classes: classesFrom, excluded }, config, side);
  return register(report, values);
}

async function read(
  id: FolderId,
  source: Parameters<typeof makeFolderSet>[1],
  { datasets }: Config,
  side: number,
): Promise<FolderReport> {
  const live = process.stderr.isTTY ?? false;
  let last = 0;
  try {
    return await makeFolderSet(id, source, {
      folder: datasets,
      side,
      tell: (done, total) => {
        if (!live || (performance.now() - last < 200 && done < total)) return;
        last = performance.now();
        process.stderr.write(`\r${done} of ${total} pictures${done === total ? '\n' : ''}`);
      },
    });
  } catch (error) {
    if (!(error instanceof FolderRefused)) throw error;
    if (error.bad.length === 0) throw new Refused(error.message);
    const file = path.join(datasets, `${id.replace(':', '-')}.bad.txt`);
    mkdirSync(datasets, { recursive: true });
    writeFileSync(file, error.bad.map((bad) => `${bad.path}\n`).join(''));
    throw new Refused(`${error.message}: their names are in ${file}, and --exclude ${file} leaves them out`);
  }
}

async function register({ version, files, bad, others }: FolderReport, values: Values): Promise<number> {
  const { client, address } = serviceClient();
  const registered = await client.registerFolder({ body: version }).catch((error: unknown) => {
    if (!(error instanceof ServiceUnreachable)) throw error;
    throw new Broken(
      `${version.id} is prepared (${files.length} pictures), but no service answers at ${address} to register it: start it with \`gansweep up\` and give this command again. \`gansweep try\` can use it already`,
    );
  });
  if (values.json) {
    console.log(JSON.stringify({ ...registered, count: files.length, classes: version.classes, bad, others }, null, 2));
    return EXIT.ok;
  }
  const classes = version.classes === null ? 'no classes' : `${version.classes.length} classes`;
  console.log(
    `${version.id}, version ${registered.version}: ${files.length} pictures, ${classes}, hash ${version.dataHash.slice(0, 12)}…`,
  );
  for (const { path: file, reason } of bad.slice(0, SHOWN)) console.log(`  left out: ${file}: ${reason}`);
  if (bad.length > SHOWN) console.log(`  … and ${bad.length - SHOWN} more`);
  const passed = Object.entries(others).filter(([, count]) => count > 0);
  if (passed.length > 0) console.log(`passed over: ${passed.map(([what, count]) => `${count} ${what}`).join(', ')}`);
  console.log(`a spec names it: dataset: { value: '${version.id}' }, resolution: { value: ${resolutionOf(values)} }`);
  return EXIT.ok;
}

async function list(json: boolean): Promise<number> {
  const { client } = serviceClient();
  const { items } = await client.listDatasets({ limit: 500 });
  if (json) console.log(JSON.stringify(items, null, 2));
  else
    console.log(
      table(
        [
          { name: 'data set' },
          { name: 'kind' },
          { name: 'version', right: true },
          { name: 'images', right: true },
          { name: 'classes', right: true },
          { name: 'where' },
        ],
        items.map(({ id, kind, classes, folder }) => [
          id,
          kind,
          folder ? String(folder.number) : '',
          folder ? String(folder.count) : '',
          classes ? String(classes.length) : '',
          folder?.root ?? '',
        ]),
      ),
    );
  return EXIT.ok;
}

async function inspect(id: FolderId, config: Config, values: Values): Promise<number> {
  const report = await reportOf(id, config.datasets);
  const { files, version } = report;
  const byContent = grouped(
    files.map((file, at) => ({ ...file, at })),
    ({ sha256 }) => sha256,
  );
  const doubles = [...byContent.values()].filter((group) => group.length > 1);
  const blank = files.map((file, at) => ({ ...file, at })).filter(({ spread }) => spread < NEARLY_CONSTANT);
  const shown = [...doubles.flat(), ...blank].map(({ at }) => at);
  const out = values.out ?? path.join(config.datasets, `${id.replace(':', '-')}.inspect.png`);
  if (shown.length > 0) await draw(report, { positions: shown, side: report.side, out }, config);
  const classes = (version.classes ?? []).map((name, label) => ({
    name,
    count: files.filter((file) => file.label === label).length,
  }));
  const sizes = [...grouped(files, ({ width, height }) => `${width}×${height}`)].map(([size, group]) => ({
    size,
    count: group.length,
  }));
  sizes.sort((a, b) => b.count - a.count);
  const names = (group: readonly { readonly path: string }[]): string[] => group.map((file) => file.path);
  const picture = shown.length > 0 ? out : null;
  if (values.json) {
    console.log(
      JSON.stringify(
        {
          id,
          dataHash: version.dataHash,
          count: files.length,
          classes,
          sizes,
          doubles: doubles.map(names),
          nearlyConstant: names(blank),
          bad: report.bad,
          others: report.others,
          picture,
        },
        null,
        2,
      ),
    );
    return EXIT.ok;
  }
  console.log(`${id}: ${files.length} pictures in ${version.root}, hash ${version.dataHash.slice(0, 12)}…`);
  if (classes.length > 0)
    console.log(
      `\n${table(
        [{ name: 'class' }, { name: 'pictures', right: true }],
        classes.map(({ name, count }) => [name, String(count)]),
      )}`,
    );
  console.log(
    `\n${table(
      [{ name: 'size' }, { name: 'pictures', right: true }],
      sizes.slice(0, 10).map(({ size, count }) => [size, String(count)]),
    )}`,
  );
  if (sizes.length > 10) console.log(`… and ${sizes.length - 10} more sizes`);
  console.log(
    `\n${doubles.length === 0 ? 'no exact doubles' : `${doubles.reduce((sum, group) => sum + group.length - 1, 0)} pictures are there more than once:`}`,
  );
  for (const group of doubles.slice(0, SHOWN)) console.log(`  ${names(group).join('  =  ')}`);
  console.log(blank.length === 0 ? 'no nearly constant pictures' : `${blank.length} pictures are nearly constant:`);
  for (const { path: file, spread } of blank.slice(0, SHOWN))
    console.log(`  ${file} (standard deviation ${number(spread)} of 255)`);
  if (report.bad.length > 0) console.log(`${report.bad.length} files could not be used:`);
  for (const { path: file, reason } of report.bad.slice(0, SHOWN)) console.log(`  ${file}: ${reason}`);
  if (picture) console.log(`\nthumbnails of the first ${Math.min(PREVIEWED, shown.length)}, doubles first: ${picture}`);
  if (shown.length > 0)
    console.log(
      `gansweep dataset exclude ${id.slice('folder:'.length)} --list FILE leaves the ones out that FILE lists`,
    );
  return EXIT.ok;
}

async function preview(id: FolderId, config: Config, values: Values): Promise<number> {
  const report = await reportOf(id, config.datasets);
  const side = values.resolution === undefined ? report.side : resolutionOf(values);
  const out = values.out ?? path.join(config.datasets, `${id.replace(':', '-')}.preview.png`);
  const count = Math.min(PREVIEWED, report.files.length);
  // From the whole set, not from its first class.
  const positions = Array.from({ length: count }, (_, i) => Math.floor((i * report.files.length) / count));
  await draw(report, { positions, side, out }, config);
  console.log(
    values.json
      ? JSON.stringify({ id, side, picture: out })
      : `${count} of ${report.files.length} pictures at ${side} × ${side}: ${out}`,
  );
  return EXIT.ok;
}

/** Sets that nobody has to register: ours, and those of plugins. */
type UnregisteredId = Exclude<DatasetId, FolderId>;

function isKnownUnregistered(name: string | undefined): name is UnregisteredId {
  if (name === undefined) return false;
  if (isPluginName(name) && !pluginsOfKind('data set').includes(name))
    throw new Refused(`${name} is no data set of the plugins here: GANSWEEP_PLUGINS names their folder`);
  return isPluginName(name) || isPlaneLaw(name) || (IMAGE_SETS as readonly string[]).includes(name);
}

/** As training sees them: points of a law, or images that follow one another, since such sets come in no order of classes. */
async function previewUnregistered(id: UnregisteredId, config: Config, values: Values): Promise<number> {
  const isPlane = isPlaneLaw(id);
  if (isPlane && values.resolution !== undefined)
    throw new UsageError(`${id} has points, which have no resolution: leave --resolution out`);
  const sides = sidesOf(id) ?? [];
  const side = values.resolution === undefined ? sides[0] : resolutionOf(values);
  if (!isPlane && (side === undefined || !sides.includes(side)))
    throw new UsageError(`${id} has images of ${sides.join(' or ')} pixels, not ${side}`);
  // A model that takes any of these sides, for the values of a plugin's fields where a spec says nothing of them.
  const wanted = resolveConfiguration({
    model: isPlane ? 'mlp2d' : 'aae',
    dataset: id,
    ...(isPlane ? {} : { resolution: side }),
  });
  if (!wanted.ok) throw new Error(wanted.error.map(({ message }) => message).join('; '));
  const { train, dataHash } = await openDataset(wanted.value, {
    folder: config.datasets,
    note: (line) => console.error(line),
  });
  const out = values.out ?? path.join(config.datasets, `${id.replace(':', '-')}.preview.png`);
  mkdirSync(path.dirname(out), { recursive: true });
  if (train.kind === 'plane') {
    const data = new Float32Array(2 * PREVIEWED_POINTS);
    train.draw(1, 0, data);
    writeFileSync(out, renderSamples({ kind: 'points', count: PREVIEWED_POINTS, data }, id as PlaneLaw));
    console.log(
      values.json
        ? JSON.stringify({ id, dataHash, picture: out })
        : `${PREVIEWED_POINTS} points as training draws them: ${out}`,
    );
    return EXIT.ok;
  }
  const count = Math.min(PREVIEWED, train.count);
  writeImages(
    train,
    Uint32Array.from({ length: count }, (_, i) => i),
    out,
  );
  console.log(
    values.json
      ? JSON.stringify({ id, side, dataHash, count: train.count, picture: out })
      : `${count} of ${train.count} training images at ${side} × ${side}: ${out}`,
  );
  return EXIT.ok;
}

async function draw(
  { version }: FolderReport,
  { positions, side, out }: { readonly positions: readonly number[]; readonly side: number; readonly out: string },
  { datasets }: Config,
): Promise<void> {
  const images = await openFolderSet(version, { folder: datasets, side, note: (line) => console.error(line) });
  writeImages(images, Uint32Array.from(positions.slice(0, PREVIEWED)), out);
}

function writeImages(images: ImageReals, chosen: Uint32Array, out: string): void {
  const { height, width, channels } = images;
  const data = new Uint8Array(chosen.length * height * width * channels);
  images.copy(chosen, data);
  writeFileSync(out, renderSamples({ kind: 'images', count: chosen.length, height, width, channels, data }));
}

async function reportOf(id: FolderId, datasets: string): Promise<FolderReport> {
  const report = await newestFolderReport(datasets, id);
  if (report) return report;
  throw new Refused(
    `${id} was not read on this machine (looked in ${datasets}): run \`gansweep dataset add ${id.slice('folder:'.length)} DIR\``,
  );
}

function idOf(name: string | undefined): FolderId {
  if (name === undefined) throw new UsageError('NAME is missing (--help shows the form)');
  const id = name.startsWith('folder:') ? name : `folder:${name}`;
  if (!isFolderId(id)) throw new UsageError(`a name has small letters, digits and hyphens, at most 63; not '${name}'`);
  return id;
}

function resolutionOf({ resolution }: Values): number {
  const side = integerOf('resolution', resolution, RESOLUTION);
  if (side < RESOLUTIONS.least || side > RESOLUTIONS.most)
    throw new UsageError(`--resolution is from ${RESOLUTIONS.least} to ${RESOLUTIONS.most} pixels, not ${side}`);
  return side;
}

function colourOf(text: string): [number, number, number] {
  const parts = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text)?.slice(1);
  if (parts === undefined) throw new UsageError(`--background is a colour like ffffff, not '${text}'`);
  const [red = 0, green = 0, blue = 0] = parts.map((part) => Number.parseInt(part, 16));
  return [red, green, blue];
}

const linesOf = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '');
