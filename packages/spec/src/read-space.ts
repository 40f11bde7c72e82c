import { type Axis, readAxis, zipAxes } from './axes.ts';
import { canonicalJson } from './canonical-json.ts';
import type { FieldValue } from './fields.ts';
import { type Assignment, decides, isParameter, isShorthand, type ParameterName, readValue } from './parameters.ts';
import { applies, clashOf, unknownParameter } from './resolve-configuration.ts';
import {
  type Branch,
  buildSpace,
  inTableOrder,
  isUndrawnFollower,
  type SearchSpace,
  type SpaceDeclaration,
} from './search-space.ts';
import { ProblemList, pathTo, shown } from './spec-problem.ts';

type Entries = Readonly<Record<string, unknown>>;

/** The sections of a document that make its search space; their outer shape is known to be right. */
export interface SpaceSections {
  readonly parameters: Entries;
  readonly zip: readonly (readonly string[])[];
  readonly exclude: readonly Entries[];
  readonly when: readonly { readonly if: Entries; readonly parameters: Entries }[];
}

/** Reads the sections and puts the space together; null where `problems` says why not. */
export function readSpace(sections: SpaceSections, problems: ProblemList): SearchSpace | null {
  const own = new ProblemList();
  const declared = declare(sections, own);
  const space = own.isEmpty ? buildSpace(declared, own) : null;
  if (space !== null) checkExcludedNames(declared, space, own);
  for (const { path, message } of own.all) problems.add(path, message);
  return own.isEmpty ? space : null;
}

function declare(sections: SpaceSections, problems: ProblemList): SpaceDeclaration {
  const zipped = new Set(sections.zip.flat());
  const single = readAxes(sections.parameters, { path: 'parameters', mayRepeat: (name) => zipped.has(name) }, problems);
  const names = Object.keys(sections.parameters).filter(isParameter);
  for (const name of names) {
    const clash = clashOf(name, names);
    if (clash !== null) problems.add(pathTo('parameters', name), clash);
  }
  return {
    axes: inTableOrder(joinZips(sections, single, problems)),
    branches: sections.when.map((entry, i) => readBranch(entry, pathTo('when', i), problems)),
    exclude: sections.exclude.map((entry, i) => readExclude(entry, pathTo('exclude', i), problems)),
  };
}

function readAxes(
  entries: Entries,
  options: { readonly path: string; readonly mayRepeat: (name: string) => boolean },
  problems: ProblemList,
): ReadonlyMap<ParameterName, Axis> {
  const axes = new Map<ParameterName, Axis>();
  for (const [name, raw] of Object.entries(entries)) {
    const path = pathTo(options.path, name);
    if (!isParameter(name)) {
      problems.add(path, unknownParameter(name));
      continue;
    }
    const axis = readAxis({ name, raw, path, mayRepeat: options.mayRepeat(name) }, problems);
    if (axis !== null) axes.set(name, axis);
  }
  return axes;
}

function joinZips(
  sections: SpaceSections,
  single: ReadonlyMap<ParameterName, Axis>,
  problems: ProblemList,
): readonly Axis[] {
  const joined: Axis[] = [];
  const taken = new Set<string>();
  sections.zip.forEach((names, i) => {
    const path = pathTo('zip', i);
    const lists: Extract<Axis, { kind: 'list' }>[] = [];
    names.forEach((name, k) => {
      const at = pathTo(path, k);
      const axis = isParameter(name) ? single.get(name) : undefined;
      const raw = sections.parameters[name];
      if (taken.has(name)) problems.add(at, `${name} is zipped already: name it once`);
      else if (!Object.hasOwn(sections.parameters, name))
        problems.add(at, `${name} does not stand under "parameters": add it there, with values`);
      else if (axis?.kind === 'list' && Object.hasOwn(raw as object, 'values')) lists.push(axis);
      else if (axis !== undefined) problems.add(at, `${name} needs values: [...] to walk together with others`);
      taken.add(name);
    });
    if (lists.length !== names.length) return;
    const lengths = lists.map((list) => list.rows.length);
    if (new Set(lengths).size > 1) {
      problems.add(path, `${names.join(', ')} have ${lengths.join(', ')} values: give them equally many`);
      return;
    }
    const axis = zipAxes(lists);
    checkRowsDiffer(axis, path, problems);
    joined.push(axis);
  });
  return [...[...single].filter(([name]) => !taken.has(name)).map(([, axis]) => axis), ...joined];
}

function checkRowsDiffer(axis: Axis, path: string, problems: ProblemList): void {
  if (axis.kind !== 'list') return;
  const seen = new Map<string, number>();
  axis.rows.forEach((row, i) => {
    const text = canonicalJson(row);
    const first = seen.get(text);
    if (first !== undefined) problems.add(path, `positions ${first} and ${i} are the same (${text}): take one out`);
    seen.set(text, first ?? i);
  });
}

function readBranch(
  entry: { readonly if: Entries; readonly parameters: Entries },
  path: string,
  problems: ProblemList,
): Branch {
  const condition = new Map<ParameterName, ReadonlySet<FieldValue>>();
  const ifPath = pathTo(path, 'if');
  for (const [name, raw] of Object.entries(entry.if)) {
    const at = pathTo(ifPath, name);
    if (!isParameter(name)) {
      problems.add(at, unknownParameter(name));
      continue;
    }
    const listed: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
    if (listed.length === 0) problems.add(at, 'is an empty list: name at least one value');
    const values = listed.flatMap((item, i) => {
      const read = readValue(name, item);
      if ('value' in read) return [read.value];
      problems.add(Array.isArray(raw) ? pathTo(at, i) : at, read.problem);
      return [];
    });
    condition.set(name, new Set(values));
  }
  if (Object.keys(entry.if).length === 0)
    problems.add(ifPath, 'is empty: name a condition, or move its parameters to the top');
  const parametersPath = pathTo(path, 'parameters');
  if (Object.keys(entry.parameters).length === 0)
    problems.add(parametersPath, 'is empty: name a parameter, or take the entry out');
  const axes = readAxes(entry.parameters, { path: parametersPath, mayRepeat: () => false }, problems);
  for (const name of axes.keys())
    if (['model', 'dataset', 'optimizer'].includes(name))
      problems.add(
        pathTo(parametersPath, name),
        `${name} decides what else there is, so it stands under "parameters"; pair it there by "zip", or by "exclude"`,
      );
  return { path, condition, axes: [...axes.values()] };
}

function readExclude(entry: Entries, path: string, problems: ProblemList): { path: string; values: Assignment } {
  const values: Partial<Record<ParameterName, FieldValue>> = {};
  for (const [name, raw] of Object.entries(entry)) {
    const at = pathTo(path, name);
    if (!isParameter(name)) {
      problems.add(at, unknownParameter(name));
      continue;
    }
    const read = readValue(name, raw);
    if ('value' in read) values[name] = read.value;
    else
      problems.add(
        at,
        Array.isArray(raw) ? `must be one value, not ${shown(raw)}: write an entry for each` : read.problem,
      );
  }
  if (Object.keys(entry).length === 0)
    problems.add(path, 'is empty and would match everything: name what to leave out');
  return { path, values };
}

/** An exclude entry that can never match is a slip of the pen. */
function checkExcludedNames(declared: SpaceDeclaration, space: SearchSpace, problems: ProblemList): void {
  const drawn = new Set(
    [...declared.axes, ...declared.branches.flatMap((branch) => branch.axes)].flatMap((axis) => axis.names),
  );
  for (const { path, values } of declared.exclude)
    for (const name of Object.keys(values) as ParameterName[]) {
      if (isShorthand(name) && !drawn.has(name))
        problems.add(pathTo(path, name), `${name} is not used by this sweep: name ${decides(name).join(' or ')}`);
      else if (isUndrawnFollower(name, drawn))
        problems.add(pathTo(path, name), `${name} follows other fields here: name those, or give ${name} values`);
      else if (!space.contexts.some((context) => applies(name, context.family)))
        problems.add(pathTo(path, name), `no configuration of this sweep has ${name}: take it out`);
    }
}
