import { readFileSync } from 'node:fs';
import type {
  DataWaitCase,
  Effort,
  MemoryCase,
  NeighbourCase,
  PredictionCase,
  RaceCase,
  TwoTrainersCase,
  WholeSweepCase,
} from './cases.ts';
import type { Contender } from './contenders.ts';
import type { Machine } from './machine.ts';
import type { ForeseenMemory } from './program-memory.ts';

const FORMAT = 'gansweep-bench/1';

/** A contender's part in a case. */
export interface Entry<Measured> {
  readonly contender: Pick<Contender, 'name' | 'kind'>;
  readonly outcome:
    | (Measured & { readonly kind: 'measured' })
    | { readonly kind: 'refused' | 'failed'; readonly why: string };
}

/** What a process that trains says when it is ready. */
interface Ready {
  readonly library: string;
  readonly setUpMs: number;
}

interface CaseResult<Case extends { readonly kind: string }, Measured> {
  readonly kind: Case['kind'];
  readonly id: string;
  readonly title: string;
  readonly lanes: number;
  readonly stepsPerCall: number;
  readonly entries: readonly Entry<Measured & Ready>[];
}

/** Times of one iteration of all lanes; round 3 of one contender stood beside round 3 of every other. */
export interface RaceTimes {
  readonly medianMs: readonly number[];
  readonly bestMs: readonly number[];
  /** The executor's share of the median; null of peers, which draw their inputs inside the step. */
  readonly executorMs: readonly number[] | null;
  /** Share of the time that the GPU computed, 0…1, a round each; null where it was not read. Of races on a GPU. */
  readonly gpuLoad?: readonly (number | null)[];
}

/** Times of one iteration of a process alone and, in the same round, of two at once. */
export interface TwoTrainersTimes {
  readonly aloneMs: readonly number[];
  readonly togetherMs: readonly (readonly [number, number])[];
}

export interface MemoryGrowth {
  readonly steps: number;
  readonly beforeMiB: number;
  readonly afterMiB: number;
}

/** A round each; equal hashes of the curves say that the same trainings were timed. */
export interface WholeSweepTimes {
  /** Of the first sweep of a worker. */
  readonly seconds: readonly number[];
  /** Of the same sweep again, trained anew by the same worker. */
  readonly secondsAgain: readonly number[];
  /** Of both, one after the other. */
  readonly curves: readonly string[];
}

/** The ways of the service beside one another: contenders are sizes of packs. */
export interface WholeSweepResult {
  readonly kind: WholeSweepCase['kind'];
  readonly id: string;
  readonly title: string;
  readonly entries: readonly Entry<WholeSweepTimes>[];
}

/** A training a round; equal hashes of the losses say that the same one was timed. */
export interface DataWaitTimes {
  /** Share of the calls' seconds in which the step waited for its inputs, 0…1. */
  readonly waited: readonly number[];
  readonly imagesPerSecond: readonly number[];
  readonly curves: readonly string[];
}

/** Ways to the images beside one another. */
export interface DataWaitResult {
  readonly kind: DataWaitCase['kind'];
  readonly id: string;
  readonly title: string;
  readonly entries: readonly Entry<DataWaitTimes>[];
}

/** Scores of one law against itself, and the time that they take. */
export interface NeighbourFigures {
  readonly rows: number;
  readonly precision: number;
  readonly recall: number;
  readonly density: number;
  readonly coverage: number;
  readonly seconds: number;
}

export interface NeighbourResult {
  readonly kind: NeighbourCase['kind'];
  readonly id: string;
  readonly title: string;
  readonly entries: readonly Entry<NeighbourFigures>[];
}

/** Predictions beside measures: contenders are programs. */
export interface PredictionResult {
  readonly kind: PredictionCase['kind'];
  readonly id: string;
  readonly title: string;
  readonly entries: readonly Entry<ForeseenMemory & { readonly executor: string }>[];
}

export type RaceResult = CaseResult<RaceCase, RaceTimes> & { readonly batch?: number };
export type TwoTrainersResult = CaseResult<TwoTrainersCase, TwoTrainersTimes>;
export type MemoryResult = CaseResult<MemoryCase, MemoryGrowth>;
export type AnyCaseResult =
  | RaceResult
  | TwoTrainersResult
  | MemoryResult
  | PredictionResult
  | WholeSweepResult
  | DataWaitResult
  | NeighbourResult;

/** Everything a run of the benchmark found; what the report is made from. */
export interface BenchResult {
  readonly format: typeof FORMAT;
  /** ISO 8601 day. */
  readonly date: string;
  readonly effort: Effort;
  readonly machine: Machine;
  /** The load before cases that were measured apart from the others, by their id. */
  readonly loadsBefore?: Readonly<Record<string, number>>;
  readonly cases: readonly AnyCaseResult[];
}

/** A result in its format: numbers of six digits, so that a page made now is the one made later from the file. */
export function benchResult(fields: Omit<BenchResult, 'format'>): BenchResult {
  const rounded = JSON.stringify({ format: FORMAT, ...fields }, (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(6)) : value,
  );
  return JSON.parse(rounded) as BenchResult;
}

/**
 * A result with the cases of an earlier one that it did not measure, in the order of `ids`.
 * @throws Error when the two were measured differently or on different machines, so that one table would mislead.
 */
export function withCasesOf(result: BenchResult, earlier: BenchResult, ids: readonly string[]): BenchResult {
  const conditions = ({ effort, machine: { processor, cores, node } }: BenchResult): string =>
    `${effort} rounds, ${processor}, ${cores} cores, Node ${node}`;
  if (conditions(result) !== conditions(earlier))
    throw new Error(
      `the earlier result cannot stand beside this one: ${conditions(earlier)}, now ${conditions(result)}; measure all cases again`,
    );
  const measured = new Set(result.cases.map(({ id }) => id));
  const cases = [...result.cases, ...earlier.cases.filter(({ id }) => !measured.has(id))];
  const loadsBefore = {
    ...earlier.loadsBefore,
    ...Object.fromEntries([...measured].map((id) => [id, result.machine.loadBefore])),
  };
  const machine = { ...result.machine, loadBefore: earlier.machine.loadBefore };
  return { ...result, machine, loadsBefore, cases: cases.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id)) };
}

/** A result that the benchmark wrote. @throws Error when the file is none. */
export function readResult(file: string): BenchResult {
  const result = JSON.parse(readFileSync(file, 'utf8')) as Partial<BenchResult> | null;
  if (result?.format !== FORMAT) throw new Error(`${file} is not a result of this benchmark (${FORMAT})`);
  return result as BenchResult;
}
