import type {
  Configuration,
  CurveName,
  FailureKind,
  Finding,
  Outcome,
  ProtocolId,
  RunId,
  RunState,
  SweepId,
  SweepState,
  TrialId,
  WorkerId,
} from '@gansweep/domain';
import type { BackendUse, PanelRecord, StoredSweep, UnwellSlot } from './ports.ts';

/** Part of a list; `nextCursor` is null at the end and opaque otherwise. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export interface PageRequest {
  readonly cursor: string | null;
  readonly limit: number;
}

/** A cursor that this service did not make. */
export class BadCursor extends Error {
  override readonly name = 'BadCursor';
}

/** A part of a spec that was merged into a sweep's, and what it added. */
export interface GrowthView {
  /** ISO 8601. */
  readonly at: string;
  /** A line for each thing that is other than before. */
  readonly changes: readonly string[];
  readonly notes: readonly string[];
  readonly addedTrialCount: number;
  readonly addedRunCount: number;
  readonly adoptedRunCount: number;
}

export interface SweepView extends Omit<StoredSweep, 'nextIndex' | 'trainingVersion'> {
  readonly description: string;
  readonly pausedBecause: string | null;
  /** What waiting runs need and no live worker has, as `trainer NAME@HASH`, `plugin NAME@HASH`, `extractor NAME@HASH`. */
  readonly lacks: readonly string[];
  readonly priority: number;
  /** What was added after it was submitted, oldest first. */
  readonly growths: readonly GrowthView[];
  /** RFC 3339. */
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly counts: Readonly<Record<RunState, number>>;
  readonly progress: {
    readonly expandedRuns: number;
    readonly endedRuns: number;
    readonly imagesSeen: number;
    readonly images: number;
  };
  /** Training and evaluation of all attempts of its runs. */
  readonly costSeconds: number;
}

export interface TrialView {
  readonly id: TrialId;
  readonly config: Configuration;
  readonly runIds: readonly RunId[];
  readonly states: readonly RunState[];
  readonly seeds: readonly number[];
}

/** One score of one succeeded run. */
export interface RunScore {
  readonly trialId: TrialId;
  readonly runId: RunId;
  readonly name: string;
  readonly value: number;
  readonly protocol: ProtocolId;
  /** Equal for scores whose passports may be compared (`passportKey`). */
  readonly passport: string;
}

/** Which evaluations of a run make its score. */
export type ScoreAt = 'last' | 'best' | 'mean-last-3';

export interface AttemptView {
  readonly epoch: number;
  readonly workerId: WorkerId;
  readonly host: string;
  readonly slot: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** `inherited`: epoch 0, what the shorter run recorded that this one continues. */
  readonly endedAs: 'finished' | 'released' | 'failed' | 'lease-expired' | 'worker-lost' | 'inherited' | null;
  readonly resumedAtImages: number;
  readonly imagesSeen: number | null;
  readonly seconds: number | null;
  /** Most that its trainer's process had resident, with all runs that it trained at once; null where nobody could tell. */
  readonly peakMemoryMib: number | null;
  /** Most runs that shared its trainer when one of them was claimed, and why so many; null where nobody chose. */
  readonly pack: { readonly size: number; readonly because: string | null };
  readonly backend: BackendUse | null;
  readonly failure: {
    readonly kind: FailureKind;
    readonly message: string;
    readonly exitCode: number | null;
    readonly signal: string | null;
  } | null;
}

export interface RunView {
  readonly id: RunId;
  readonly trialId: TrialId;
  readonly config: Configuration;
  readonly seed: number;
  readonly state: RunState;
  readonly outcome: Outcome | null;
  readonly imagesSeen: number;
  readonly sweepIds: readonly SweepId[];
  /** The shorter run from whose last checkpoint it goes on, which may have been deleted since; null where it begins anew. */
  readonly continues: RunId | null;
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly attempts: readonly AttemptView[];
  readonly backend: BackendUse | null;
  readonly cost: {
    /** Wall clock of all attempts. */
    readonly seconds: number;
    /** Work of their evaluations, within that wall clock or beside the training. */
    readonly evaluationSeconds: number;
    /** The most of its attempts. */
    readonly peakMemoryMib: number | null;
  };
  /** In the order of the images seen. */
  readonly findings: readonly Finding[];
}

/** Equally long lists; a bucket of a decimated curve keeps its extremes. */
export interface CurveView {
  readonly images: readonly number[];
  readonly value: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
}

export interface EvaluationView {
  readonly imagesSeen: number;
  readonly protocol: ProtocolId;
  readonly passport: Readonly<Record<string, unknown>>;
  readonly scores: Readonly<Record<string, number | null>>;
}

export interface CheckpointView {
  readonly imagesSeen: number;
  readonly kind: 'full' | 'generator';
  readonly epoch: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly createdAt: string;
}

export interface LogLineView {
  readonly epoch: number;
  readonly lineNo: number;
  readonly at: string;
  readonly line: string;
}

export interface LogPage extends Page<LogLineView> {
  /** Where to read on after the last line shown, also when there is none yet; null when no line is shown. */
  readonly endCursor: string | null;
}

export interface WorkerView {
  readonly id: WorkerId;
  readonly host: string;
  readonly backend: string;
  readonly device: string;
  readonly slots: number;
  readonly currentRuns: readonly RunId[];
  readonly lastSeen: string;
  readonly state: 'active' | 'draining' | 'cordoned' | 'lost';
  readonly cordonedBecause: string | null;
  readonly unwell: readonly UnwellSlot[];
}

export interface FeedRow {
  /** `<transaction>-<number>`: where a reader resumes. */
  readonly id: string;
  readonly type: 'sweep' | 'run' | 'worker' | 'finding';
  readonly payload: unknown;
}

/** Part of the feed. */
export interface FeedPage {
  readonly events: readonly FeedRow[];
  /** `more`: the page was full. `held`: later events exist, but a transaction that began before them is still open. */
  readonly next: 'more' | 'held' | 'none';
}

/** A run with everything it recorded. */
export interface ExportRow {
  readonly runId: RunId;
  readonly trialId: TrialId;
  readonly seed: number;
  readonly state: RunState;
  readonly config: Configuration;
  readonly imagesSeen: number;
  readonly evaluations: readonly EvaluationView[];
  readonly curves: Readonly<
    Partial<Record<CurveName, { readonly images: readonly number[]; readonly value: readonly (number | null)[] }>>
  >;
}

/** Questions about the record. Nothing here changes it. */
export interface ReadModel {
  ping(): Promise<void>;
  listSweeps(
    request: PageRequest & { readonly state: SweepState | null; readonly q: string | null },
  ): Promise<Page<SweepView>>;
  getSweep(id: SweepId): Promise<SweepView | null>;
  /** Trials in the sweep's order. */
  listTrials(id: SweepId, request: PageRequest): Promise<Page<TrialView>>;
  /** Every trial of a sweep, in its order. */
  allTrials(id: SweepId): Promise<readonly TrialView[]>;
  /** At most one value a succeeded run and score name: of the given trials or of all, of one score or of all. */
  scores(
    id: SweepId,
    request: {
      readonly trialIds: readonly TrialId[] | null;
      readonly name: string | null;
      readonly at: ScoreAt;
      readonly goal: 'minimize' | 'maximize';
    },
  ): Promise<readonly RunScore[]>;
  listRuns(
    request: PageRequest & { readonly sweep: SweepId | null; readonly state: RunState | null },
  ): Promise<Page<RunView>>;
  getRun(id: RunId): Promise<RunView | null>;
  curves(
    id: RunId,
    request: { readonly names: readonly CurveName[]; readonly maxPoints: number },
  ): Promise<Readonly<Partial<Record<CurveName, CurveView>>>>;
  evaluations(id: RunId): Promise<readonly EvaluationView[]>;
  /** Images seen and artefact keys, ascending. */
  samples(id: RunId): Promise<readonly { readonly imagesSeen: number; readonly artifact: string }[]>;
  /** By images seen, then by name. */
  panels(id: RunId): Promise<readonly PanelRecord[]>;
  checkpoints(id: RunId): Promise<readonly CheckpointView[]>;
  /** Artefact of the generator that a run kept at a number of images; null where it kept none there. */
  keptGenerator(id: RunId, imagesSeen: number): Promise<string | null>;
  logs(id: RunId, request: PageRequest): Promise<LogPage>;
  listWorkers(): Promise<readonly WorkerView[]>;
  /** The newest event, where a reader without a history begins. */
  lastEvent(): Promise<string>;
  /** Events after one, in transaction order, none skipped. */
  eventsAfter(id: string, limit: number): Promise<FeedPage>;
  /** Calls back when events may have come; disposing stops. */
  watchEvents(onChange: () => void): AsyncDisposable;
  /** A sweep's runs with all they recorded, one after another. */
  exportRuns(id: SweepId): AsyncGenerator<ExportRow>;
  /** Seconds per image of succeeded runs of a model, and how many there are; for estimates. */
  speedOf(model: string, dataset: string): Promise<{ readonly secondsPerImage: number; readonly runs: number } | null>;
  /** Counts for a monitor. */
  totals(): Promise<{
    readonly runs: Readonly<Record<string, number>>;
    readonly sweeps: Readonly<Record<string, number>>;
    readonly workers: Readonly<Record<string, number>>;
  }>;
}
