import { factsOf } from '@gansweep/domain';
import { type Axis, assignmentAt, coordinateOf, sizeOf } from './axes.ts';
import type { Condition, FieldName, FieldValue } from './fields.ts';
import { FUTILITIES, type Futility } from './futile-values.ts';
import { modelDefault } from './model-fields.ts';
import { type Assignment, decides, expand, isShorthand, type ParameterName, parameterNames } from './parameters.ts';
import {
  applies,
  cannotApply,
  clashOf,
  conditionsOn,
  decidersOf,
  type Family,
  familyOf,
  followsOthers,
  meets,
  misfitOf,
} from './resolve-configuration.ts';
import { type ProblemList, pathTo } from './spec-problem.ts';

/** Parameters of one `when` entry and what must hold for them. */
export interface Branch {
  /** `when[i]`. */
  readonly path: string;
  readonly condition: ReadonlyMap<ParameterName, ReadonlySet<FieldValue>>;
  readonly axes: readonly Axis[];
}

/** The declared space, read but not yet checked as a whole. */
export interface SpaceDeclaration {
  readonly axes: readonly Axis[];
  readonly branches: readonly Branch[];
  readonly exclude: readonly { readonly path: string; readonly values: Assignment }[];
}

/**
 * The part of the space where the deciding axes have one value each: a plain product of the axes that are in force there.
 */
export interface Context {
  readonly index: number;
  /** What the deciding axes set here. */
  readonly assignment: Assignment;
  readonly family: Family;
  /** In the order of the parameter table; the last one varies fastest. */
  readonly axes: readonly Axis[];
  /** Product of the axes' sizes; null when one is continuous. */
  readonly size: bigint | null;
  /** Exclude entries that can match here. One with no requirement excludes the whole context. */
  readonly excludes: readonly CompiledExclude[];
}

/** An exclude entry matches when each of these axes has one of these coordinates. */
export type CompiledExclude = ReadonlyMap<number, ReadonlySet<number>>;

/** One place in the space: an index for listed and stepped axes, the value itself for continuous ones. */
export interface Point {
  readonly context: Context;
  readonly coordinates: readonly number[];
}

/** A sum of products: one product for each combination of the deciding axes. */
export interface SearchSpace {
  /** Axes that decide which others are in force: model, dataset, optimizer and what `when` looks at. */
  readonly deciding: readonly Extract<Axis, { kind: 'list' }>[];
  /** Mixed radix over `deciding`, the last one fastest. */
  readonly contexts: readonly Context[];
  /** Number of configurations before `exclude`; null when a continuous axis makes them infinite. */
  readonly size: bigint | null;
}

/** More combinations of deciding axes than this cannot be checked one by one quickly. */
const CONTEXTS_MAX = 2_000;
const ALWAYS_DECIDING: readonly ParameterName[] = ['model', 'dataset', 'optimizer'];

export function isWhollyExcluded(context: Context): boolean {
  return context.excludes.some((entry) => entry.size === 0);
}

export function isExcluded({ context, coordinates }: Point): boolean {
  return context.excludes.some((entry) => {
    for (const [axis, allowed] of entry) if (!allowed.has(coordinates[axis] ?? -1)) return false;
    return true;
  });
}

export function assignmentOf({ context, coordinates }: Point): Assignment {
  return Object.assign(
    {},
    context.assignment,
    ...context.axes.map((axis, i) => assignmentAt(axis, coordinates[i] ?? 0)),
  );
}

/** Puts the declaration together, or says what does not fit. Nothing is expanded but the deciding axes. */
export function buildSpace(declared: SpaceDeclaration, problems: ProblemList): SearchSpace | null {
  const looked = new Set(declared.branches.flatMap((branch) => [...branch.condition.keys()]));
  const relied = new Set(namesIn(declared).flatMap(decides).flatMap(decidersOf));
  checkConditions(declared, problems);
  const typical: Partial<Record<ParameterName, FieldValue>> = {};
  const isDeciding = (axis: Axis): boolean => {
    if (
      axis.names.some(
        (name) =>
          ALWAYS_DECIDING.includes(name) || looked.has(name) || decides(name).some((field) => looked.has(field)),
      )
    )
      return true;
    if (!axis.names.flatMap(decides).some((field) => relied.has(field))) return false;
    if (axis.kind === 'list' || !decidesAlike(axis)) return true;
    Object.assign(typical, assignmentAt(axis, coordinateOf(axis, 0.5)));
    return false;
  };
  const deciding: Extract<Axis, { kind: 'list' }>[] = [];
  const free: Axis[] = [];
  for (const axis of declared.axes) {
    if (!isDeciding(axis)) free.push(axis);
    else if (axis.kind === 'list') deciding.push(axis);
    else
      problems.add(
        pathTo('parameters', axis.names[0]),
        looked.has(axis.names[0])
          ? '"when" looks at it, so it needs value or values, not a range'
          : `decides in the middle of its range whether there is ${dependentsOf(axis, declared).join(', ')}: give it values, or a range on one side`,
      );
  }
  const count = deciding.reduce((product, axis) => product * BigInt(axis.rows.length), 1n);
  if (count > CONTEXTS_MAX)
    problems.add(
      'when',
      `the parameters it looks at have ${count} combinations, and at most ${CONTEXTS_MAX} can be checked: list fewer values`,
    );
  if (!problems.isEmpty) return null;

  const active = new Set<Branch>();
  const check = new ApplicabilityCheck(declared);
  const contexts: Context[] = [];
  for (let index = 0; index < Number(count); index++) {
    const assignment = decidingAssignment(deciding, index);
    const family = familyOf({ ...typical, ...assignment });
    const branches = declared.branches.filter((branch) => holds(branch, assignment, family));
    const axes = inTableOrder([...free, ...branches.flatMap((branch) => branch.axes)]);
    const context: Context = {
      index,
      assignment,
      family,
      axes,
      size: axes.reduce<bigint | null>((product, axis) => times(product, sizeOf(axis)), 1n),
      excludes: compileExcludes(declared, { assignment, family, axes }),
    };
    contexts.push(context);
    for (const branch of branches) active.add(branch);
    if (isWhollyExcluded(context)) continue;
    checkBranchesApart(branches, problems);
    check.look(context);
  }
  check.report(problems);
  for (const branch of declared.branches)
    if (!active.has(branch))
      problems.add(
        pathTo(branch.path, 'if'),
        'never holds: name values that the parameters take, or take the entry out',
      );
  if (contexts.every(isWhollyExcluded)) problems.add('exclude', 'leaves no configuration: take an entry out');
  if (!problems.isEmpty) return null;
  return {
    deciding,
    contexts,
    size: contexts.reduce<bigint | null>((sum, { size }) => (sum === null || size === null ? null : sum + size), 0n),
  };
}

function times(a: bigint | null, b: bigint | null): bigint | null {
  return a === null || b === null ? null : a * b;
}

/** Order of the parameter table, a zip at its first member: key order of a document must not matter. */
export function inTableOrder(axes: readonly Axis[]): readonly Axis[] {
  const places = new Map<string, number>(parameterNames().map((name, i) => [name, i]));
  const position = (axis: Axis): number => Math.min(...axis.names.map((name) => places.get(name) ?? 0));
  return [...axes].sort((a, b) => position(a) - position(b));
}

function decidingAssignment(deciding: readonly Extract<Axis, { kind: 'list' }>[], index: number): Assignment {
  let rest = index;
  const rows: Assignment[] = [];
  for (const axis of [...deciding].reverse()) {
    rows.push(axis.rows[rest % axis.rows.length] ?? {});
    rest = Math.floor(rest / axis.rows.length);
  }
  return Object.assign({}, ...rows.reverse()) as Assignment;
}

/** Every parameter that the declaration names. */
function namesIn({ axes, branches, exclude }: SpaceDeclaration): readonly ParameterName[] {
  return [
    ...[...axes, ...branches.flatMap((branch) => branch.axes)].flatMap((axis) => axis.names),
    ...branches.flatMap((branch) => [...branch.condition.keys()]),
    ...exclude.flatMap(({ values }) => Object.keys(values) as ParameterName[]),
  ];
}

/** True where the whole range lies on one side of every condition that some field sets for it. */
function decidesAlike(axis: Exclude<Axis, { kind: 'list' }>): boolean {
  const [low, high] = [0, 1 - 2 ** -53].map(
    (uniform) => assignmentAt(axis, coordinateOf(axis, uniform))[axis.names[0]],
  );
  return decides(axis.names[0])
    .flatMap(conditionsOn)
    .every((condition) => 'above' in condition && meets(low, condition) === meets(high, condition));
}

function dependentsOf(axis: Axis, declared: SpaceDeclaration): readonly ParameterName[] {
  const fields = axis.names.flatMap(decides);
  return [...new Set(namesIn(declared))].filter((name) =>
    decides(name).some((field) => decidersOf(field).some((decider) => fields.includes(decider))),
  );
}

/** What a name stands for where only an assignment and the defaults decide: undefined where nothing has it. */
function valueUnder(name: ParameterName, assignment: Assignment, family: Family): FieldValue | undefined {
  return assignment[name] ?? (isShorthand(name) ? undefined : family.fieldValue(name));
}

function holds(branch: Branch, assignment: Assignment, family: Family): boolean {
  for (const [name, allowed] of branch.condition) {
    const value = valueUnder(name, assignment, family);
    if (value === undefined || !allowed.has(value)) return false;
  }
  return true;
}

function checkConditions(declared: SpaceDeclaration, problems: ProblemList): void {
  const top = new Set(declared.axes.flatMap((axis) => axis.names));
  const inBranches = new Set(
    declared.branches.flatMap((branch) => branch.axes.flatMap((axis) => axis.names.flatMap(decides))),
  );
  for (const branch of declared.branches) {
    for (const name of branch.condition.keys()) {
      const path = pathTo(pathTo(branch.path, 'if'), name);
      if (isUndrawnFollower(name, top))
        problems.add(path, `${name} follows other fields where it is left out: give it values, or name those`);
      if (!top.has(name) && decides(name).some((field) => inBranches.has(field)))
        problems.add(path, `${name} is itself set under "when", and branches do not nest: put it under "parameters"`);
      else if (isShorthand(name) && !top.has(name))
        problems.add(path, `${name} is a shorthand that "parameters" does not use: name ${decides(name).join(' or ')}`);
    }
    for (const name of branch.axes.flatMap((axis) => axis.names))
      if (top.has(name))
        problems.add(
          pathTo(pathTo(branch.path, 'parameters'), name),
          `${name} stands under "parameters" too: keep it in one place`,
        );
  }
}

/** True where a name's value would have to be worked out for every single configuration. */
export function isUndrawnFollower(name: ParameterName, drawn: ReadonlySet<ParameterName>): boolean {
  return decides(name).some(
    (field) => followsOthers(field) && ![...drawn].some((other) => decides(other).includes(field)),
  );
}

function checkBranchesApart(branches: readonly Branch[], problems: ProblemList): void {
  const setBy = new Map<string, Branch>();
  for (const branch of branches)
    for (const name of branch.axes.flatMap((axis) => axis.names)) {
      const other = setBy.get(name);
      if (other !== undefined)
        problems.add(
          pathTo(pathTo(branch.path, 'parameters'), name),
          `${other.path} sets ${name} too where both conditions hold: make the conditions exclude one another`,
        );
      setBy.set(name, branch);
    }
}

/** Fields that may not fit a model of images, its data set, or one another. */
const FITTING = ['resolution', 'progressive', 'conditionG'] as const;
/** Fields of models of points, and which other one each may not fit; at its default it fits any. */
const FITTING_POINTS = [
  ['samplesD', 'batch'],
  ['batchNorm', 'layersG'],
] as const;

/** Every combination of their values in a context, axes that have none of them apart. */
function fittingIn({ axes, assignment, family }: Context): readonly Readonly<Record<string, FieldValue>>[] {
  const isGiven = (name: FieldName): boolean =>
    name in assignment || axes.some(({ names }) => names.some((drawn) => decides(drawn).includes(name)));
  const fitting: readonly (FieldName & ParameterName)[] =
    factsOf(family.model).learns === 'images'
      ? FITTING
      : FITTING_POINTS.flatMap(([name, other]) => (isGiven(name) ? [name, other] : []));
  const fixed = fitting.flatMap((name) => {
    const value = valueUnder(name, assignment, family);
    return value === undefined ? [] : [[name, value] as const];
  });
  let combinations: readonly Readonly<Record<string, FieldValue>>[] = [Object.fromEntries(fixed)];
  for (const axis of axes) {
    const names = fitting.filter((name) => axis.names.some((drawn) => decides(drawn).includes(name)));
    if (names.length === 0 || axis.kind === 'real') continue;
    const rows = new Map<string, Readonly<Record<string, FieldValue>>>();
    for (let k = 0; k < Number(sizeOf(axis)); k++) {
      const drawn = assignmentAt(axis, k);
      const row = Object.fromEntries(names.flatMap((name) => (drawn[name] === undefined ? [] : [[name, drawn[name]]])));
      rows.set(JSON.stringify(row), row);
    }
    combinations = combinations.flatMap((one) => [...rows.values()].map((row) => ({ ...one, ...row })));
  }
  return combinations;
}

/** So many places are looked at one by one for one that no exclude entry matches. */
const PLACES_MAX = 10_000;

/** Fields that some trials of a context are given in vain: see `FUTILITIES`. */
function futilitiesIn(context: Context): readonly Futility[] {
  const { axes, assignment, family } = context;
  const isGiven = (field: FieldName): boolean =>
    (Object.keys(assignment) as ParameterName[]).some((name) => decides(name).includes(field)) ||
    axes.some((axis) => sets(axis, field, family));
  return FUTILITIES.filter(({ field, where }) => {
    const left = modelDefault(family.model, field);
    if (left === undefined || typeof left === 'function' || !family.has(field) || !isGiven(field)) return false;
    const conditions: readonly (readonly [FieldName, Condition])[] = [
      [field, { not: left }],
      ...(Object.entries(where) as [FieldName, Condition][]),
    ];
    const isFixed = ([name]: (typeof conditions)[number]): boolean => !axes.some((axis) => sets(axis, name, family));
    if (!conditions.filter(isFixed).every(([name, condition]) => meets(family.fieldValue(name), condition)))
      return false;
    const places = axes.flatMap((axis, at) => {
      const here = conditions.filter(([name]) => sets(axis, name, family));
      const isMet = (coordinate: number): boolean =>
        here.every(([name, condition]) => meets(valueIn(assignmentAt(axis, coordinate), name, family), condition));
      return here.length === 0 ? [] : [{ axis: at, coordinates: coordinatesOn(axis).filter(isMet) }];
    });
    return hasPlaceLeft(places, context.excludes);
  });
}

/** Every coordinate of a list; of steps the ends and the middle; of a continuous range, which as good as never gives one number, places within. */
function coordinatesOn(axis: Axis): readonly number[] {
  if (axis.kind === 'list') return axis.rows.map((_, k) => k);
  const places = axis.kind === 'steps' ? [0, 0.5, 1 - 2 ** -53] : [0.25, 0.5];
  return [...new Set(places.map((uniform) => coordinateOf(axis, uniform)))];
}

interface Places {
  /** Number of the axis in the context. */
  readonly axis: number;
  readonly coordinates: readonly number[];
}

/** Whether one combination of the coordinates is matched by no exclude entry about these axes alone. */
function hasPlaceLeft(places: readonly Places[], excludes: readonly CompiledExclude[]): boolean {
  const count = places.reduce((product, { coordinates }) => product * coordinates.length, 1);
  const axes = new Set(places.map(({ axis }) => axis));
  const entries = excludes.filter((entry) => [...entry.keys()].every((axis) => axes.has(axis)));
  if (entries.length === 0 || count > PLACES_MAX) return count > 0;
  return Array.from({ length: count }, (_, index) => index).some((index) => {
    let rest = index;
    const at = new Map<number, number>();
    for (const { axis, coordinates } of places) {
      at.set(axis, coordinates[rest % coordinates.length] ?? 0);
      rest = Math.floor(rest / coordinates.length);
    }
    return !entries.some((entry) => [...entry].every(([axis, allowed]) => allowed.has(at.get(axis) ?? -1)));
  });
}

/** Gathers over all contexts where a parameter has no use, clashes or does not fit, and tells each once. */
class ApplicabilityCheck {
  readonly #paths = new Map<Axis, string>();
  readonly #useless = new Map<string, { name: ParameterName; families: Family[] }>();
  readonly #useful = new Set<string>();
  readonly #clashes = new Map<string, string>();
  readonly #misfits = new Map<string, string>();

  constructor(declared: SpaceDeclaration) {
    for (const axis of declared.axes) this.#paths.set(axis, 'parameters');
    for (const branch of declared.branches)
      for (const axis of branch.axes) this.#paths.set(axis, pathTo(branch.path, 'parameters'));
  }

  look(context: Context): void {
    const drawn = new Map<ParameterName, string>();
    for (const name of Object.keys(context.assignment) as ParameterName[]) drawn.set(name, pathTo('parameters', name));
    for (const axis of context.axes)
      for (const name of axis.names) drawn.set(name, pathTo(this.#paths.get(axis) ?? 'parameters', name));
    const names = [...drawn.keys()];
    for (const [name, path] of drawn) {
      if (applies(name, context.family)) this.#useful.add(path);
      else {
        const known = this.#useless.get(path) ?? { name, families: [] };
        this.#useless.set(path, { name, families: [...known.families.slice(0, 9), context.family] });
      }
      const clash = clashOf(name, names);
      if (clash !== null) this.#clashes.set(path, clash);
    }
    for (const { field, message } of futilitiesIn(context)) {
      const name = names.find((one) => decides(one).includes(field)) ?? field;
      this.#misfits.set(drawn.get(name) ?? pathTo('parameters', name), message);
    }
    this.#lookAtData(context, drawn);
  }

  #lookAtData(context: Context, drawn: ReadonlyMap<ParameterName, string>): void {
    const { model } = context.family;
    const dataset = valueUnder('dataset', context.assignment, context.family);
    for (const fitting of fittingIn(context)) {
      const misfit = misfitOf({ model, dataset, ...fitting } as Parameters<typeof misfitOf>[0]);
      if (misfit !== null)
        this.#misfits.set(drawn.get(misfit.field) ?? pathTo('parameters', misfit.field), misfit.message);
    }
  }

  report(problems: ProblemList): void {
    for (const [path, { name, families }] of this.#useless)
      problems.add(path, cannotApply(name, families, !this.#useful.has(path)));
    for (const [path, message] of this.#clashes) problems.add(path, message);
    for (const [path, message] of this.#misfits) problems.add(path, message);
  }
}

/** Exclude entries as coordinates of this context; those that cannot match here are left out. */
function compileExcludes(
  declared: SpaceDeclaration,
  context: Pick<Context, 'assignment' | 'family' | 'axes'>,
): readonly CompiledExclude[] {
  const compiled: CompiledExclude[] = [];
  for (const { values } of declared.exclude) {
    const entry = compileExclude(values, context);
    if (entry !== null) compiled.push(entry);
  }
  return compiled;
}

function compileExclude(
  values: Assignment,
  context: Pick<Context, 'assignment' | 'family' | 'axes'>,
): CompiledExclude | null {
  const entry = new Map<number, ReadonlySet<number>>();
  for (const name of Object.keys(values) as ParameterName[]) {
    const wanted = values[name];
    if (wanted === undefined) continue;
    const at = context.axes.findIndex((axis) => sets(axis, name, context.family));
    const axis = context.axes[at];
    if (axis === undefined) {
      if (valueUnder(name, context.assignment, context.family) !== wanted) return null;
      continue;
    }
    const coordinates = coordinatesWhere(axis, name, wanted, context.family);
    const before = entry.get(at);
    const both = before === undefined ? coordinates : new Set([...coordinates].filter((k) => before.has(k)));
    if (both.size === 0) return null;
    entry.set(at, both);
  }
  return entry;
}

function sets(axis: Axis, name: ParameterName, family: Family): boolean {
  return axis.names.some((drawn) => drawn === name || fieldsSet(drawn, family).includes(name as FieldName));
}

function fieldsSet(drawn: ParameterName, family: Family): readonly FieldName[] {
  return decides(drawn).filter((field) => family.has(field));
}

function coordinatesWhere(axis: Axis, name: ParameterName, wanted: FieldValue, family: Family): ReadonlySet<number> {
  switch (axis.kind) {
    case 'list':
      return new Set(axis.rows.flatMap((row, k) => (valueIn(row, name, family) === wanted ? [k] : [])));
    case 'steps': {
      const k = typeof wanted === 'number' ? axis.indexOf(wanted) : null;
      return new Set(k === null ? [] : [k]);
    }
    case 'real':
      return new Set(typeof wanted === 'number' ? [wanted] : []);
  }
}

function valueIn(row: Assignment, name: ParameterName, family: Family): FieldValue | undefined {
  if (row[name] !== undefined) return row[name];
  if (isShorthand(name) || !family.has(name)) return undefined;
  for (const drawn of Object.keys(row) as ParameterName[]) {
    const value = row[drawn];
    const hit = value === undefined ? undefined : expand(drawn, value).find(([field]) => field === name);
    if (hit !== undefined) return hit[1];
  }
  return undefined;
}
