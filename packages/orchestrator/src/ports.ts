import type {
  Configuration,
  CurveName,
  Epoch,
  Failure,
  Finding,
  FindingName,
  FolderId,
  FolderVersion,
  ForeignGenerator,
  Outcome,
  PanelName,
  ProtocolId,
  RunId,
  RunState,
  ScoreName,
  SweepId,
  SweepState,
  TrialId,
  WorkerId,
} from '@gansweep/domain';

/** A recorded value; `imagesSeen` counts real images. */
export interface MetricPoint {
  readonly name: CurveName;
  readonly imagesSeen: number;
  readonly value: number;
}

/** A score of an evaluation at `imagesSeen` real images. */
export interface ScorePoint {
  readonly name: ScoreName;
  readonly imagesSeen: number;
  readonly value: number;
}

/** What was done to make a score, so that only like is compared with like. */
export type Passport = Readonly<Record<string, unknown>>;

export interface EvaluationRecord {
  readonly imagesSeen: number;
  readonly protocol: ProtocolId;
  readonly passport: Passport;
  readonly scores: Readonly<Partial<Record<ScoreName, number>>>;
  /** Seconds the evaluation took; part of the run's cost. */
  readonly seconds: number;
}

/** An artefact by key: a relative path that the server made, never the user. */
export interface SampleRecord {
  readonly imagesSeen: number;
  readonly artifact: string;
}

/** A picture of a run's networks and the numbers behind it, PNG and JSON, each an artefact by key. */
export interface PanelRecord {
  readonly name: PanelName;
  readonly imagesSeen: number;
  readonly picture: string;
  readonly data: string;
}

export interface CheckpointRecord {
  readonly imagesSeen: number;
  /** `full`: everything needed to continue; `generator`: G's weights only. */
  readonly kind: 'full' | 'generator';
  readonly artifact: string;
  readonly sha256: string;
  readonly bytes: number;
  /** In a claim: of the shorter run that this one continues; left out of its own. */
  readonly inherited?: boolean;
}

/** What sweeps that hold a run want evaluated; several plans are merged by `mergeEvaluationPlans`. */
export interface EvaluationPlan {
  /** Distance between evaluations in images; null: a quarter, half, three quarters and the end. */
  readonly every: number | null;
  /** Fakes (and held-out reals) per image protocol. */
  readonly samples: number;
  readonly protocols: readonly ProtocolId[];
  /** Those of them that the spec names, or that give the scores which it is judged by: a run that lacks them is not adopted. */
  readonly judgedBy?: readonly ProtocolId[];
  /** sha256 of the weights of each registered extractor that the protocols ask for. */
  readonly extractors?: Readonly<Record<string, string>> | undefined;
  /** Hash of the file of each metric from a plugin that the protocols name. */
  readonly plugins?: Readonly<Record<string, string>> | undefined;
  /** What findings do besides being recorded; a name that is absent does nothing. */
  readonly onFinding?: Readonly<Partial<Record<FindingName, FindingAction>>>;
  /** Images at which the sweep compares its trials, ascending; left out where it does not. */
  readonly rungs?: readonly number[];
  /** Images at which runs are scored for that, besides `every`. */
  readonly alsoAt?: readonly number[];
  /** In a claim: how far this sweep wants the run for now; left out: to its end. */
  readonly untilImages?: number;
}

/** `pause`: the sweep is paused. `end`: the run ends as pruned at the border where the finding was told. */
export type FindingAction = 'pause' | 'end';

export interface ClaimedRun {
  readonly runId: RunId;
  readonly epoch: Epoch;
  readonly trialId: TrialId;
  readonly configuration: Configuration;
  readonly seed: number;
  readonly dataHash: string;
  /** The registered version with that hash, where the data set is a folder. */
  readonly folder: FolderVersion | null;
  readonly trainingVersion: number;
  /** One plan per sweep that holds the run and is not over; of a paused one `untilImages` is 0. */
  readonly plans: readonly EvaluationPlan[];
  /** Limit of `budget.runMinutes`, or null. */
  readonly runMinutes: number | null;
  /** Seconds that earlier attempts trained. */
  readonly secondsUsed: number;
  /** Full checkpoints to resume from, newest first; the first whose sha256 holds is taken. */
  readonly checkpoints: readonly CheckpointRecord[];
}

export interface BackendUse {
  /** `onnx`, `reference`, … */
  readonly name: string;
  readonly version: string;
  readonly device: string;
}

export interface RunReport {
  readonly runId: RunId;
  readonly epoch: Epoch;
  readonly imagesSeen: number;
  readonly points: readonly MetricPoint[];
  readonly evaluations: readonly EvaluationRecord[];
  readonly samples: readonly SampleRecord[];
  readonly panels: readonly PanelRecord[];
  readonly findings: readonly Finding[];
  /** What the attempt began with, in the first report after its trainer began. */
  readonly start: AttemptStart | null;
  /** Kept since the last report: their files are on disk, and every point before them is in this report or an earlier one. */
  readonly checkpoints: readonly CheckpointRecord[];
  /** Most that its trainer's process has had resident so far; left out where nobody can tell. */
  readonly peakMemoryMib?: number;
}

/** The backend that an attempt uses, once its trainer has chosen it, and where it goes on from. */
export interface AttemptStart {
  readonly backend: BackendUse;
  readonly resumedAtImages: number;
}

/** Reply to a report. `fenced`: another epoch exists; stop, never retry. */
export interface ReportReply {
  readonly runId: RunId;
  readonly verdict: 'recorded' | 'fenced';
  /** What the supervisor must do with the run; `release`: no active sweep holds it any more (paused). */
  readonly request: 'continue' | 'cancel' | 'prune' | 'release';
}

/** The run that is next in line, and what waits with it. */
export interface NextInLine {
  readonly runId: RunId;
  readonly configuration: Configuration;
  /** Its pack's trainer died: it trains alone. */
  readonly alone: boolean;
  /** Runs of its shape among the next ones, itself included. */
  readonly waiting: number;
  /** Slots of all active workers. */
  readonly slots: number;
}

/** A place to train whose trainers die, or do not begin. */
export interface UnwellSlot {
  readonly slot: number;
  /** How the last of them ended, and how many did in a row. */
  readonly because: string;
}

/** The record of runs. Every write is fenced on (run, epoch, running) inside the database. */
export interface RunLedger {
  /**
   * Opens the next attempt of up to `limit` claimable runs; empty when there is nothing. With `pack` they share the shape
   * of the first and leave the other slots their share; without, they are the next ones in line. `beside` names the
   * slot's runs under way: what is claimed shares their shape, and there is nothing while the first in line has another.
   * `limit` was chosen for the shape of the run `expected`: where another is first by now, that one is claimed alone.
   * `because` says why the limit is what it is, and is kept with each attempt that it is about.
   */
  claim(request: {
    workerId: WorkerId;
    slot: number;
    limit: number;
    leaseMs: number;
    pack?: boolean;
    beside?: readonly RunId[];
    expected?: RunId | null;
    because?: string | null;
  }): Promise<readonly ClaimedRun[]>;
  /** What a worker's claim would begin with; null when nothing is in line for it. @param atMost runs of one claim. */
  next(atMost: number, workerId: WorkerId): Promise<NextInLine | null>;
  /**
   * Points of some curves up to the checkpoint that the attempt resumes from, ascending: what its detectors have to know.
   * Empty where the attempt is fenced.
   */
  history(read: { runId: RunId; epoch: Epoch; names: readonly CurveName[] }): Promise<readonly MetricPoint[]>;
  /** Scores up to that checkpoint, ascending. Empty where the attempt is fenced. */
  scores(read: { runId: RunId; epoch: Epoch }): Promise<readonly ScorePoint[]>;
  /**
   * Writes starts, points, evaluations, samples, panels, findings and checkpoints, all in one transaction; also the
   * heartbeat: renews the lease, also with nothing to say.
   */
  report(write: { leaseMs: number; runs: readonly RunReport[] }): Promise<readonly ReportReply[]>;
  /**
   * Forgets full checkpoints but the last two and the best, and returns the artefact keys to remove. A crash in between
   * leaves files without a row, never a row without its file.
   */
  pruneCheckpoints(write: { runId: RunId; epoch: Epoch }): Promise<readonly string[]>;
  /** Appends lines of a trainer's output to the attempt; the newest few thousand are kept. */
  appendLog(write: { runId: RunId; epoch: Epoch; lines: readonly string[] }): Promise<void>;
  /** Ends the run for good. Repeating it after an unknown commit is harmless. */
  finish(write: {
    runId: RunId;
    epoch: Epoch;
    outcome: Outcome;
    seconds: number;
    last: RunReport;
  }): Promise<'recorded' | 'fenced'>;
  /** Back to the queue without burning a budget. */
  release(write: {
    runId: RunId;
    epoch: Epoch;
    /** `rung`: nobody wants more of it for now; it waits at its checkpoint until a sweep does. */
    reason: 'drain' | 'pause' | 'no-trainer' | 'rung';
    seconds: number;
    /** How its trainer died before it took the run; the fifth time in a row the run ends as failed. */
    untaken?: string;
  }): Promise<'recorded' | 'fenced'>;
  /** Applies the retry table: retry with backoff, fail or quarantine; a requested end wins. Returns what became of the run. */
  fail(write: {
    runId: RunId;
    epoch: Epoch;
    failure: Failure;
    exitCode: number | null;
    signal: string | null;
    seconds: number;
  }): Promise<'retry-wait' | 'failed' | 'quarantined' | 'cancelled' | 'pruned' | 'fenced'>;
  /** The worker's own row. */
  workerBeat(write: {
    workerId: WorkerId;
    host: string;
    pid: number;
    backend: string;
    device: string;
    slots: number;
    state: 'active' | 'draining';
    /** What it has that runs may need (`domain`'s `needsOf`); null: it does not say, and gets what comes. */
    offers: readonly string[] | null;
    /** Its slots whose trainers do not live. */
    unwell: readonly UnwellSlot[];
  }): Promise<void>;
  workerGone(workerId: WorkerId): Promise<void>;
  /**
   * Holds the worker's presence lock on a connection of its own; when the process dies the database frees it at once
   * and the reaper requeues the worker's runs after a grace.
   */
  holdPresence(workerId: WorkerId): Promise<AsyncDisposable>;
}

/** Idempotent housekeeping; each is guarded by an advisory lock, so any number of processes may call it. */
export interface Reconciler {
  /** Expired leases and workers whose presence lock is free → retry-wait or, after cancel, cancelled. Count moved. */
  reap(request: { marginMs: number; presenceGraceMs: number }): Promise<number>;
  /** retry-wait whose time has come → queued. */
  promote(): Promise<number>;
  /** Sweeps whose runs have findings for which the spec says `pause` → paused; active sweeps whose runs all ended → done. */
  completeSweeps(): Promise<number>;
  /** Claimable runs, best first, at most two for every idle slot: for hints. */
  claimable(limit: number): Promise<readonly { readonly runId: RunId; readonly epoch: number }[]>;
  /** Violations of the protocol's invariants by name; empty when all is well. */
  audit(): Promise<Readonly<Record<string, number>>>;
}

/** A sweep that sets trials down at rungs, as the record has it now. */
export interface StoppingSweep {
  readonly id: SweepId;
  readonly spec: unknown;
  /** Every run of it exists. */
  readonly expanded: boolean;
  /** Changes whenever a decision may have become possible. */
  readonly fingerprint: string;
}

/** A run of such a sweep. */
export interface StoppingMember {
  readonly runId: RunId;
  readonly trialId: TrialId;
  readonly state: RunState;
  readonly imagesSeen: number;
  /** How far the sweep wants it for now; null: to its end. */
  readonly untilImages: number | null;
  /** Where it waits, or waited last; 0: nowhere yet. */
  readonly rungImages: number;
  readonly audited: boolean;
  /** The sweep is through with it, wherever it is: it stopped it before it grew. */
  readonly stopped: boolean;
  /** Values of the sweep's stopping score, ascending by images; null where one is not finite. */
  readonly scores: readonly { readonly imagesSeen: number; readonly value: number | null }[];
}

/** The record of early stopping. Every write is fenced on the sweep being active, and repeating it changes nothing. */
export interface StoppingLedger {
  /** Active sweeps that have rungs. */
  sweeps(): Promise<readonly StoppingSweep[]>;
  /** Its runs in the sweep's order, with the scores of one name. */
  members(id: SweepId, score: string): Promise<readonly StoppingMember[]>;
  /** Wants trials further, `untilImages` null to their end; never less far than before. Returns the number of runs it concerned. */
  promote(
    id: SweepId,
    trials: readonly { readonly trialId: TrialId; readonly untilImages: number | null }[],
    purpose: 'promotion' | 'audit',
  ): Promise<number>;
  /** Wants single runs further, as `promote` does trials: they wait at a rung without a score there. */
  goOn(id: SweepId, runs: readonly { readonly runId: RunId; readonly untilImages: number | null }[]): Promise<number>;
  /** Ends what waits at rungs for good, once nothing of the sweep is under way. Returns the number of runs. */
  stop(id: SweepId): Promise<number>;
}

export interface NewRun {
  /** Position in the sweep's order, from 0. */
  readonly index: number;
  readonly trialId: TrialId;
  readonly configuration: Configuration;
  readonly seed: number;
  readonly dataHash: string;
  /** A shorter run whose record it takes over with its first claim, to go on from its last checkpoint; left out where there is none. */
  readonly continues?: RunId | undefined;
}

export interface NewSweep {
  readonly id: SweepId;
  readonly name: string;
  readonly description: string;
  /** The spec as the researcher wrote it, parsed. */
  readonly spec: unknown;
  readonly specHash: string;
  readonly idempotencyKey: string | null;
  /** Hash of the request body under the key. */
  readonly bodyHash: string;
  readonly trialCount: number;
  readonly runCount: number;
  readonly priority: number;
  readonly reuse: boolean;
  readonly plan: EvaluationPlan;
  readonly runMinutes: number | null;
  readonly trainingVersion: number;
  /** The service adds runs as results come in (`append`): the sweep is not done before it says that it adds no more. */
  readonly growing?: boolean;
}

export interface StoredSweep {
  readonly id: SweepId;
  readonly name: string;
  readonly state: SweepState;
  readonly spec: unknown;
  readonly specHash: string;
  readonly trialCount: number;
  readonly runCount: number;
  readonly adoptedRunCount: number;
  /** Runs expanded so far; equal to `runCount` when done. */
  readonly nextIndex: number;
  /** ISO 8601, by the database's clock: folders are what they were then. */
  readonly createdAt: string;
  readonly trainingVersion: number;
}

/** A sweep whose runs are being written down. */
export interface ExpandingSweep extends StoredSweep {
  /** Runs that it had when it grew last, the rest of which growth is to be added; null where it never grew. */
  readonly grownFrom: number | null;
}

/** The first runs of a sweep. */
export interface SweepMembers {
  /** In the order of their first runs. */
  readonly trials: readonly { readonly id: TrialId; readonly configuration: Configuration }[];
  readonly runs: readonly SweepMember[];
}

/** A run of a sweep, and how far it came. */
export interface SweepMember {
  readonly runId: RunId;
  readonly trialId: TrialId;
  readonly seed: number;
  /** `whole`: it saw all its images and has its last checkpoint; `open`: it has not ended; `cut`: it ended otherwise. */
  readonly extent: 'whole' | 'open' | 'cut';
}

/** A spec that takes the place of a sweep's, and what it adds. */
export interface NewGrowth {
  readonly spec: unknown;
  readonly specHash: string;
  readonly priority: number;
  /** The service adds further runs as results come in. */
  readonly growing: boolean;
  readonly trialCount: number;
  readonly runCount: number;
  readonly addedTrialCount: number;
  readonly changes: readonly string[];
  readonly notes: readonly string[];
}

/** A growth as it was made. */
export interface StoredGrowth {
  readonly sweep: StoredSweep;
  readonly changes: readonly string[];
  readonly notes: readonly string[];
  readonly addedTrialCount: number;
  readonly addedRunCount: number;
  readonly adoptedRunCount: number;
}

/** A version with its number, from 1, and when it was registered (ISO 8601). */
export type RegisteredFolder = FolderVersion & { readonly number: number; readonly registeredAt: string };

/** The record of folders of pictures. */
export interface FolderLedger {
  /** Registers a version, unless the newest one is the same; the answer is its number, from 1. */
  register(version: FolderVersion): Promise<number>;
  /** The newest version of each folder, by name. @param asOf ISO 8601: those of that moment; null: of now. */
  newest(asOf?: string | null): Promise<readonly RegisteredFolder[]>;
  /** The version of a folder with a content, or null. */
  find(id: FolderId, dataHash: string): Promise<FolderVersion | null>;
}

/** What one protocol gave for a foreign generator; a value that was not finite is null. */
export interface ForeignEvaluation {
  readonly protocol: ProtocolId;
  readonly passport: Passport;
  readonly scores: Readonly<Record<string, number | null>>;
}

/** A foreign generator with its scores, each with the key of its passport as `RunScore.passport` has it. */
export type RegisteredGenerator = ForeignGenerator & {
  /** ISO 8601. */
  readonly registeredAt: string;
  readonly evaluations: readonly (ForeignEvaluation & { readonly passportKey: string })[];
};

/** The record of generators that were trained elsewhere. */
export interface GeneratorLedger {
  /** Registers one under its name; with other facts than before it is another one, and the old one's scores are gone. */
  register(generator: ForeignGenerator): Promise<'new' | 'same' | 'replaced'>;
  /** Adds scores, in place of those of equal passports. @param registered as the one that was scored was registered; null: whenever. */
  score(
    name: string,
    registered: { readonly weights: string; readonly at: string | null },
    evaluations: readonly ForeignEvaluation[],
  ): Promise<'ok' | 'not-found'>;
  remove(name: string): Promise<'ok' | 'not-found'>;
  /** All, by name. */
  list(): Promise<readonly RegisteredGenerator[]>;
}

/** The record of sweeps. */
export interface SweepLedger {
  /** Sweep row and first chunk of runs in one transaction; idempotent under the key. */
  create(
    sweep: NewSweep,
    firstRuns: readonly NewRun[],
  ): Promise<{ kind: 'created' | 'existing'; sweep: StoredSweep } | { kind: 'key-reused' }>;
  /** Adds the next chunk if `nextIndex` still equals `from`; 'stale' otherwise. */
  expand(id: SweepId, from: number, runs: readonly NewRun[]): Promise<'expanded' | 'stale'>;
  /** Sweeps still expanding, oldest first. */
  expanding(): Promise<readonly ExpandingSweep[]>;
  find(id: SweepId): Promise<StoredSweep | null>;
  /** The sweep's runs with an index below `below`, and their trials. */
  members(id: SweepId, below: number): Promise<SweepMembers>;
  /**
   * Puts a grown spec in the place of a sweep's and adds the first chunk of its runs, in one transaction; idempotent
   * under the key. 'stale' where the sweep has another spec or other runs than the request says; without a growth it
   * only looks whether there was one under the key.
   */
  grow(
    id: SweepId,
    request: {
      readonly idempotencyKey: string | null;
      readonly bodyHash: string;
      readonly from: number;
      readonly specHashBefore: string;
    },
    growth: NewGrowth | null,
    firstRuns: readonly NewRun[],
  ): Promise<
    | { readonly kind: 'grown' | 'existing'; readonly growth: StoredGrowth }
    | { readonly kind: 'conflict'; readonly state: 'cancelled' | 'expanding' }
    | { readonly kind: 'key-reused' | 'not-found' | 'stale' | 'nothing-to-do' }
  >;
  /**
   * Adds runs behind those that an active or done sweep has, indices from `nextIndex` on, and says whether the service
   * will add more; 'stale' where `nextIndex` or the spec is another by now, the sweep is not written down whole, or does not run.
   */
  append(
    id: SweepId,
    more: {
      readonly from: number;
      readonly specHash: string;
      readonly runs: readonly NewRun[];
      readonly growing: boolean;
    },
  ): Promise<'appended' | 'stale'>;
  /** Active sweeps to which the service adds runs, oldest first. */
  growing(): Promise<readonly StoredSweep[]>;
  pause(id: SweepId): Promise<'ok' | 'not-found' | 'conflict'>;
  resume(id: SweepId): Promise<'ok' | 'not-found' | 'conflict'>;
  cancel(id: SweepId): Promise<'ok' | 'not-found' | 'conflict'>;
  /** Deletes the sweep and everything that no other sweep uses; returns artefact keys to remove. */
  delete(id: SweepId): Promise<{ kind: 'deleted'; artifacts: readonly string[] } | { kind: 'not-found' | 'conflict' }>;
  cancelRun(id: RunId): Promise<'ok' | 'not-found' | 'conflict'>;
  retryRun(id: RunId, fresh: boolean): Promise<'ok' | 'not-found' | 'conflict'>;
}

/** A queue that only rings: losing it loses nothing. */
export interface Doorbell {
  ring(hints: readonly { readonly runId: RunId; readonly epoch: number }[]): Promise<void>;
  /** Calls back for each hint; the callback only claims. Disposing stops listening. */
  listen(onHint: (runId: RunId) => Promise<void>): Promise<AsyncDisposable>;
  /** Hints waiting now. */
  waiting(): Promise<number>;
  close(): Promise<void>;
}

/** Bytes by key under GANSWEEP_ARTIFACTS. */
export interface ArtifactStore {
  /** tmp → write → fsync → rename → fsync(dir). Returns sha256 (hex) and size. */
  write(key: string, bytes: Uint8Array): Promise<{ sha256: string; bytes: number }>;
  read(key: string): Promise<Uint8Array | null>;
  remove(key: string): Promise<void>;
}
