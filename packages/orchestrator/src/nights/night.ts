import type { NightVerdict, SweepId, Verdict } from '@gansweep/domain';
import type { MetricGoal } from '@gansweep/spec';

/** What scores may hang on besides the code that is asked about. */
export interface Circumstances {
  /** Of the repository that the service runs from, `+changes` behind it where files differ; null where nobody knows. */
  readonly commit: string | null;
  readonly lockfile: { readonly hash: string; readonly packages: Readonly<Record<string, string>> } | null;
  /** `name version on device` of the attempts that trained, each once, in order of text. */
  readonly backends: readonly string[];
  /** Data hash by data set. */
  readonly data: Readonly<Record<string, string>>;
  readonly trainingVersion: number;
}

/** The part that the service's own process knows before anything is trained. */
export type ServiceCircumstances = Pick<Circumstances, 'commit' | 'lockfile'>;

/** How one training ended. */
export interface TrainedSeed {
  readonly seed: number;
  readonly state: 'succeeded' | 'diverged';
  /** By metric; a score that is missing or not finite is absent. */
  readonly scores: Readonly<Record<string, number>>;
}

export interface TrainedTrial {
  readonly id: string;
  /** What tells it from the others of its sweep, as `lrG=0.001 noise=uniform`; empty for the only one. */
  readonly label: string;
  /** Key of the passport of each score: scores with others are not compared. */
  readonly passports: Readonly<Record<string, string>>;
  readonly seeds: readonly TrainedSeed[];
}

/** A regression sweep as it was trained. */
export interface TrainedSweep {
  readonly name: string;
  readonly metrics: readonly MetricGoal[];
  readonly trials: readonly TrainedTrial[];
}

/** What nights are compared with: a file of the repository, and a row. */
export interface Baseline {
  readonly version: 1;
  readonly name: string;
  /** RFC 3339. */
  readonly savedAt: string;
  readonly circumstances: Circumstances;
  readonly sweeps: readonly TrainedSweep[];
}

export interface NightSettings {
  /** Relative difference that does not matter, above 0. */
  readonly margin: number;
  /** Most nights of a hundred without a change that may say `regressed`, as a share. */
  readonly falseAlarms: number;
  /** Seeds of the first look; the second gets those that lack, up to the baseline's. */
  readonly firstSeeds: number;
}

export interface NightRequest {
  /** Name of a stored baseline; null: nothing is compared. */
  readonly baseline: string | null;
  /** Name under which the scores are stored as a baseline; every seed of the specs is trained then. */
  readonly saveBaseline: string | null;
  readonly settings: NightSettings;
  readonly sweeps: readonly { readonly name: string; readonly spec: Readonly<Record<string, unknown>> }[];
}

/** What one look trains: seeds by sweep. */
export interface Look {
  readonly sweeps: readonly { readonly name: string; readonly seeds: readonly number[] }[];
  /** Verdicts of the questions that it settled, by their keys; of looks that ended. */
  readonly settled: Readonly<Record<string, Verdict>>;
}

/** One row of a night's table: a score of a configuration, or of all of a sweep together. */
export interface NightQuestion {
  readonly key: string;
  readonly sweep: string;
  /** Null: all configurations together. */
  readonly trialId: string | null;
  readonly label: string;
  readonly score: string;
  readonly goal: 'minimize' | 'maximize';
  readonly verdict: Verdict;
  /** Pairs of seeds that were compared. */
  readonly pairs: number;
  /** Means over the pairs; null where the question is about several configurations, or there is no pair. */
  readonly baseline: number | null;
  readonly tonight: number | null;
  /** How much worse as a share, below 0 better, with a 95 % interval. */
  readonly worse: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Every pair equal to twelve digits. */
  readonly identical: boolean;
  readonly pWorse: number;
  readonly diverged: { readonly tonight: number; readonly baseline: number; readonly seeds: number } | null;
  readonly pDiverges: number | null;
  /** Seeds that would decide it, as far as the spread tells; null where it is decided or nothing is known. */
  readonly seedsNeeded: number | null;
  /** Why nothing could be compared. */
  readonly because: string | null;
}

/** Something that is not as it was when the baseline was saved. */
export interface Change {
  readonly what: 'commit' | 'lockfile' | 'backend' | 'data' | 'training version';
  readonly baseline: string;
  readonly tonight: string;
  /** Packages with both versions, data sets; a line each. */
  readonly details: readonly string[];
}

export interface NightReport {
  readonly verdict: NightVerdict;
  readonly questions: readonly NightQuestion[];
  readonly changes: readonly Change[];
  /** What failed, for a person; a line each. */
  readonly faults: readonly string[];
  readonly circumstances: Circumstances;
  readonly baselineSavedAt: string | null;
}

export interface Night {
  readonly id: string;
  /** The date (UTC) that the service's schedule began it for, `2026-11-27`; null: somebody asked. */
  readonly scheduledFor: string | null;
  /** `missed`: nothing was running at its time. */
  readonly state: 'running' | 'done' | 'missed';
  readonly request: NightRequest | null;
  readonly looks: readonly Look[];
  readonly report: NightReport | null;
  readonly createdAt: string;
  readonly endedAt: string | null;
}

/** The record of nights and baselines. */
export interface NightLedger {
  /** A new night, in any state; false where its date has one already. `report`: of one that is done from the start. */
  begin(night: {
    readonly id: string;
    readonly scheduledFor: string | null;
    readonly state: Night['state'];
    readonly request: NightRequest | null;
    readonly looks: readonly Look[];
    readonly report?: NightReport;
  }): Promise<boolean>;
  running(): Promise<readonly Night[]>;
  /** Replaces the looks, if there are still `from` of them; several processes may try. */
  advance(id: string, from: number, looks: readonly Look[]): Promise<boolean>;
  /** Ends a running night, with the baseline that it made if it was to make one. False where it has ended. */
  finish(id: string, report: NightReport, baseline: Baseline | null): Promise<boolean>;
  get(id: string): Promise<Night | null>;
  /** Sweeps that a night has submitted, by their idempotency keys (`keyOfPart`). */
  sweepsOf(id: string): Promise<Readonly<Record<string, SweepId>>>;
  /** Newest first. */
  list(): Promise<readonly Night[]>;
  /** Newest date that has a scheduled night, missed ones included; null: none yet. */
  lastScheduled(): Promise<string | null>;
  saveBaseline(baseline: Baseline): Promise<void>;
  baseline(name: string): Promise<Baseline | null>;
  baselines(): Promise<readonly Baseline[]>;
}
