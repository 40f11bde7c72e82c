import {
  type DatasetId,
  err,
  type FindingName,
  howMany,
  isFolderId,
  ok,
  type ProtocolId,
  type Result,
} from '@gansweep/domain';
import { contentHash } from './canonical-json.ts';
import { type EarlyTermination, readEarlyTermination } from './early-termination.ts';
import type { FieldValue } from './fields.ts';
import { dataProblemOf, type KnownFolders } from './known-folders.ts';
import { parseDocumentText, type SpecText } from './parse-document.ts';
import { readSpace } from './read-space.ts';
import { completeConfiguration } from './resolve-configuration.ts';
import { parseBy } from './schema-problems.ts';
import { checkConditions, type JudgedFamily, type MetricGoal, readMetrics, readProtocols } from './scores.ts';
import { type Context, isWhollyExcluded, type SearchSpace } from './search-space.ts';
import { ENUMERATED_MAX, type Selection, selectDraws, selectGrid } from './select-trials.ts';
import { ProblemList, pathTo, type SpecProblem, shown } from './spec-problem.ts';
import {
  documentSchema,
  LATER_KEYS,
  METHODS,
  RUNS_MAX,
  type SpecDocument,
  searchSchema,
  seedCountSchema,
  seedListSchema,
  seedRangeSchema,
} from './spec-schema.ts';

/** Seeds of every trial, without a list of a hundred thousand. */
export interface SeedList {
  /** Seeds that every trial has. */
  readonly count: number;
  /** Seeds that a trial may have where the order of trials is uncertain; `count` where all have as many. */
  readonly most: number;
  /** @param position below `most`. */
  at(position: number): number;
}

/** What a sweep file says, with every default filled in and its trials counted. It only comes from the parser. */
export interface SweepSpec {
  /** The document as it was written, parsed. */
  readonly document: unknown;
  /** sha256 of the content, whatever the order of keys and the writing of numbers. */
  readonly hash: string;
  readonly name: string;
  readonly description: string;
  readonly method: (typeof METHODS)[number];
  readonly order: 'shuffled' | 'listed';
  readonly seeds: SeedList;
  readonly runCap: number | null;
  /** First the one that chooses the best trial; empty where data sets have different defaults. */
  readonly metrics: readonly MetricGoal[];
  readonly evaluation: {
    readonly every: number | null;
    readonly samples: number;
    readonly protocols: readonly ProtocolId[];
    /** Hash of the weights of each registered extractor, once the service filled them in. */
    readonly extractors?: Readonly<Record<string, string>> | undefined;
    /** Hash of the file of each metric from a plugin, once the service filled it in. */
    readonly plugins?: Readonly<Record<string, string>> | undefined;
  };
  /** What findings do besides being recorded. */
  readonly onFinding: Readonly<Partial<Record<FindingName, 'pause' | 'end'>>>;
  /** When trials that fall behind are set down; null: all are trained to their end. */
  readonly earlyTermination: EarlyTermination | null;
  readonly budget: { readonly hours: number | null; readonly runMinutes: number | null };
  readonly priority: number;
  readonly reuse: boolean;
  /** A registered command that trains, with the hash of its files once the service filled it in; null: gansweep itself. */
  readonly trainer: { readonly command: string; readonly files?: string | undefined } | null;
  readonly space: SearchSpace;
  /** Every trial; where results decide (`search`), only the first `search.startup` ones stand. */
  readonly trials: Selection;
  /** How results decide the trials after the first; null where the spec alone does. */
  readonly search: Search | null;
}

/** A search by results. */
export interface Search {
  /** Trials that the spec alone decides, at most as many as there are trials. */
  readonly startup: number;
  /** Trials under way at once: a proposal rests on the results of all before but the last `parallel − 1`. */
  readonly parallel: number;
  /** Seed of the proposals, from the search space alone. */
  readonly seed: number;
}

/**
 * Reads a sweep file. Never throws on input, whatever it is; every problem that can be told apart is listed.
 * @param folders without them nothing is said of the folders that the spec names.
 */
export function parseSweepSpec(
  input: SpecText,
  folders: KnownFolders | null = null,
): Result<SweepSpec, readonly SpecProblem[]> {
  const document = parseDocumentText(input);
  return document.ok ? parseSweepDocument(document.value, folders) : document;
}

/** Reads a document that is plain data already, for example one that was stored. */
export function parseSweepDocument(
  document: unknown,
  folders: KnownFolders | null = null,
): Result<SweepSpec, readonly SpecProblem[]> {
  const problems = new ProblemList();
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    problems.add('', `must be a group of keys, not ${shown(document ?? undefined)}: start with "name: …"`);
    return err(problems.all);
  }
  const raw = document as Readonly<Record<string, unknown>>;
  for (const key of LATER_KEYS) if (Object.hasOwn(raw, key)) problems.add(key, 'is not available yet: take it out');
  const known = Object.fromEntries(
    Object.entries(raw).filter(([key]) => !(LATER_KEYS as readonly string[]).includes(key)),
  );
  const parsed = parseBy(documentSchema, known, '', problems);
  const method = METHODS.find((name) => name === raw.method) ?? null;
  const seeds = readSeeds(raw.seeds, problems);
  const sections = parsed ?? readableSections(known);
  const space = sections === null ? null : readSpace(sections, problems);
  const trials =
    space === null || method === null || seeds === null
      ? null
      : countTrials({ space, method, seeds, raw, known }, problems);
  if (space !== null) checkData(space, folders, problems);
  const judged = readJudging(raw, space, parsed, problems);
  const earlyTermination =
    parsed === null || space === null
      ? null
      : readEarlyTermination(parsed, { ...judged, space, datasets: datasetsOf(space) }, problems);
  if (seeds !== null && seeds.most > seeds.count) {
    if (raw.method === 'tpe')
      problems.add(
        'seeds',
        'tpe decides by results which trial is next, so its trials have as many seeds each: write a number',
      );
    if (space !== null && parsed !== null && judged.metrics.length === 0)
      problems.add('seeds', 'further seeds go by the metric, and these data sets have no metric in common: name one');
  }
  if (!problems.isEmpty || parsed === null || method === null || seeds === null || space === null || trials === null)
    return err(problems.all);
  const { metrics, protocols } = judged;
  const search = readSearch(parsed, { method, metrics, trials: trials.count, seed: searchSeed(known) }, problems);
  if (!problems.isEmpty) return err(problems.all);
  const { every, samples, extractors, plugins } = parsed.evaluation;
  const evaluation = {
    every,
    samples,
    protocols,
    ...(extractors === undefined ? {} : { extractors }),
    ...(plugins === undefined ? {} : { plugins }),
  };
  const { hours, runMinutes } = parsed.budget;
  return ok({
    document,
    hash: contentHash({ ...parsed, seeds: raw.seeds ?? 1, metric: metrics, evaluation }),
    name: parsed.name,
    description: parsed.description,
    method,
    order: parsed.order,
    seeds,
    runCap: parsed.run_cap ?? null,
    metrics,
    evaluation: { ...evaluation, every: every ?? null },
    onFinding: actionsOf(parsed.onFinding ?? {}),
    earlyTermination,
    budget: { hours: hours ?? null, runMinutes: runMinutes ?? null },
    priority: parsed.priority,
    reuse: parsed.reuse,
    trainer: parsed.trainer ?? null,
    space,
    trials,
    search,
  });
}

function readSearch(
  parsed: SpecDocument,
  facts: {
    readonly method: SweepSpec['method'];
    readonly metrics: readonly MetricGoal[];
    readonly trials: number;
    readonly seed: number;
  },
  problems: ProblemList,
): Search | null {
  if (facts.method !== 'tpe') {
    if (parsed.search !== undefined)
      problems.add('search', 'goes with method: tpe only: take it out, or change the method');
    return null;
  }
  if (facts.metrics.length === 0)
    problems.add(
      'metric',
      'is missing: tpe needs to know what makes a trial better, and these data sets have no score in common by default',
    );
  const { startup, parallel } = searchSchema.parse(parsed.search ?? {});
  return { startup: Math.min(startup, facts.trials), parallel, seed: facts.seed };
}

/** Without the names that are recorded only. */
function actionsOf(given: Partial<Record<FindingName, 'record' | 'pause' | 'end'>>): SweepSpec['onFinding'] {
  return Object.fromEntries(Object.entries(given).filter(([, action]) => action !== 'record'));
}

/** Canonical content hash of a spec: 64 hex digits. */
export function specHash(spec: SweepSpec): string {
  return spec.hash;
}

type Sections = Pick<SpecDocument, 'parameters' | 'zip' | 'exclude' | 'when'>;

/** The search space's sections of a document whose other sections are wrong, so that both are told. */
function readableSections(raw: Readonly<Record<string, unknown>>): Sections | null {
  const read = documentSchema.pick({ parameters: true, zip: true, exclude: true, when: true }).strip().safeParse(raw);
  if (read.success) return read.data;
  // Where zip, exclude or when cannot be read, problems of single parameters still can.
  const alone = documentSchema.shape.parameters.safeParse(raw.parameters);
  return alone.success ? { parameters: alone.data, zip: [], exclude: [], when: [] } : null;
}

function readSeeds(raw: unknown, problems: ProblemList): SeedList | null {
  if (raw === undefined) return { count: 1, most: 1, at: () => 1 };
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return readSeedRange(raw, problems);
  if (!Array.isArray(raw)) {
    if (typeof raw !== 'number') {
      problems.add('seeds', `must be a number of seeds, a list of seeds or { min, max }, not ${shown(raw)}`);
      return null;
    }
    const count = parseBy(seedCountSchema, raw, 'seeds', problems);
    return count === null ? null : { count, most: count, at: (position) => position + 1 };
  }
  const seeds = parseBy(seedListSchema, raw, 'seeds', problems);
  if (seeds === null) return null;
  const seen = new Set<number>();
  seeds.forEach((seed, i) => {
    if (seen.has(seed)) problems.add(pathTo('seeds', i), `${seed} stands twice: take one out`);
    seen.add(seed);
  });
  return { count: seeds.length, most: seeds.length, at: (position) => seeds[position] as number };
}

function readSeedRange(raw: object, problems: ProblemList): SeedList | null {
  const range = parseBy(seedRangeSchema, raw, 'seeds', problems);
  if (range === null) return null;
  if (range.min >= range.max) {
    problems.add('seeds', `min ${range.min} is not below max ${range.max}: write seeds: ${range.min} for as many each`);
    return null;
  }
  return { count: range.min, most: range.max, at: (position) => position + 1 };
}

function readJudging(
  raw: Readonly<Record<string, unknown>>,
  space: SearchSpace | null,
  parsed: SpecDocument | null,
  problems: ProblemList,
): { metrics: readonly MetricGoal[]; protocols: readonly ProtocolId[] } {
  if (space === null || parsed === null) return { metrics: [], protocols: [] };
  const datasets = datasetsOf(space);
  const protocols = readProtocols(parsed.evaluation.protocols, datasets, problems);
  checkConditions(protocols, { families: familiesOf(space), byCommand: parsed.trainer !== undefined }, problems);
  return { protocols, metrics: readMetrics(raw.metric, { protocols, datasets }, problems) };
}

function familiesOf(space: SearchSpace): readonly JudgedFamily[] {
  const live = space.contexts.filter((context) => !isWhollyExcluded(context));
  return live.flatMap((context) => {
    const { model, ...fixed } = completeConfiguration(context.assignment);
    const drawn = valuesOn(context, 'conditionG');
    const told = drawn.length > 0 ? drawn : ['conditionG' in fixed && fixed.conditionG];
    return told.map((conditionG) => ({ model, conditionG: conditionG === true }));
  });
}

/** Every data set with every choice of its classes that the sweep has. */
function checkData(space: SearchSpace, folders: KnownFolders | null, problems: ProblemList): void {
  const said = new Set<string>();
  for (const context of space.contexts.filter((one) => !isWhollyExcluded(one))) {
    const fixed = completeConfiguration(context.assignment);
    const choices = valuesOn(context, 'classes');
    const isTold = valuesOn(context, 'conditionG').includes(true);
    for (const classes of choices.length > 0 ? choices : [undefined]) {
      const named = {
        ...fixed,
        ...(classes === undefined ? {} : { classes: String(classes) }),
        ...(isTold ? { conditionG: true } : {}),
      };
      if (folders === null && isFolderId(named.dataset)) continue;
      const problem = dataProblemOf(named, folders ?? []);
      if (problem === null || said.has(problem.message)) continue;
      said.add(problem.message);
      problems.add(pathTo('parameters', problem.field), problem.message);
    }
  }
}

/** Values of a field that the axes of a context walk; none where it is the same throughout. */
function valuesOn({ axes }: Context, name: 'classes' | 'conditionG'): readonly FieldValue[] {
  const rows = axes.flatMap((axis) => (axis.kind === 'list' && axis.names.includes(name) ? axis.rows : []));
  return [...new Set(rows.flatMap(({ [name]: value }) => (value === undefined ? [] : [value])))];
}

/** Data sets of a spec's trials. */
export function datasetsOf(space: SearchSpace): readonly DatasetId[] {
  const live = space.contexts.filter((context) => !isWhollyExcluded(context));
  return [...new Set(live.map((context) => completeConfiguration(context.assignment).dataset))];
}

interface Counted {
  readonly space: SearchSpace;
  readonly method: (typeof METHODS)[number];
  readonly seeds: SeedList;
  readonly raw: Readonly<Record<string, unknown>>;
  readonly known: Readonly<Record<string, unknown>>;
}

/** Counts before anything is expanded, and refuses what is too large with its number. */
function countTrials(counted: Counted, problems: ProblemList): Selection | null {
  const { space, method, seeds, raw } = counted;
  const cap = documentSchema.shape.run_cap.safeParse(raw.run_cap).data ?? null;
  const seed = searchSeed(counted.known);
  const trials =
    method === 'grid'
      ? countGrid(space, raw.order === 'listed' ? null : seed, seeds, problems)
      : countDraws(space, { method, cap, seeds, seed, isCapGiven: raw.run_cap !== undefined }, problems);
  if (trials === null) return null;
  if (trials.count === 0) {
    problems.add('exclude', 'leaves no configuration: take an entry out');
    return null;
  }
  const runs = BigInt(trials.count) * BigInt(seeds.count);
  if (method === 'grid' && cap !== null && runs > BigInt(cap))
    problems.add(
      'run_cap',
      `the grid has ${runs} runs (${howMany(trials.count, 'trial')} × ${howMany(seeds.count, 'seed')}): raise run_cap, or take values out`,
    );
  if (runs > BigInt(RUNS_MAX)) {
    problems.add(
      '',
      `${runs} runs (${howMany(trials.count, 'trial')} × ${howMany(seeds.count, 'seed')}), and at most ${RUNS_MAX} are taken: split the sweep`,
    );
    return null;
  }
  return trials;
}

function countGrid(
  space: SearchSpace,
  shuffleSeed: number | null,
  seeds: SeedList,
  problems: ProblemList,
): Selection | null {
  const { size } = space;
  if (size === null) {
    for (const axis of space.contexts.flatMap((context) => context.axes))
      if (axis.kind === 'real')
        problems.add(
          pathTo('parameters', axis.names[0]),
          'a grid cannot walk a continuous range: list values, add distribution: q_uniform with q, or take method random, sobol or tpe',
        );
    return null;
  }
  if (size > BigInt(ENUMERATED_MAX)) {
    problems.add(
      'parameters',
      `the grid has ${size} configurations before "exclude" (${size * BigInt(seeds.count)} runs), and at most ${ENUMERATED_MAX} are counted: ` +
        'take values out, zip some, or take method random or sobol with run_cap',
    );
    return null;
  }
  return selectGrid(space, { shuffleSeed });
}

function countDraws(
  space: SearchSpace,
  options: {
    readonly method: 'random' | 'sobol' | 'tpe';
    readonly cap: number | null;
    readonly isCapGiven: boolean;
    readonly seeds: SeedList;
    readonly seed: number;
  },
  problems: ProblemList,
): Selection | null {
  const { method, cap, seeds, seed } = options;
  if (cap === null) {
    if (!options.isCapGiven) problems.add('run_cap', `is missing: ${method} needs to know how many runs it may draw`);
    return null;
  }
  // As many trials as can have the seeds in the middle of their range.
  const wanted = Math.floor((2 * cap) / (seeds.count + seeds.most));
  if (wanted === 0) {
    problems.add('run_cap', `${cap} is less than the ${seeds.count} seeds of one trial: raise it, or take fewer seeds`);
    return null;
  }
  return selectDraws(space, { method: method === 'tpe' ? 'sobol' : method, wanted, seed });
}

/** Decides order and draws: from the search space alone, so a new name or a higher run_cap keeps the trials drawn before. */
function searchSeed(document: Readonly<Record<string, unknown>>): number {
  const { parameters, zip = [], exclude = [], when = [] } = document;
  return Number.parseInt(contentHash({ parameters, zip, exclude, when }).slice(0, 12), 16);
}
