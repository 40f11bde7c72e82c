import { type Finding, type Outcome, scoresBehind } from '@gansweep/domain';
import { DETECTED_CURVES } from '@gansweep/evaluation';
import type {
  ArtifactStore,
  AttemptStart,
  CheckpointRecord,
  ClaimedRun,
  EvaluationRecord,
  MetricPoint,
  PanelRecord,
  ReportReply,
  RunLedger,
  RunReport,
  SampleRecord,
} from '@gansweep/orchestrator';
import type { Log, Timers } from '@gansweep/runtime';
import type { TimeShare } from '../shared-time.ts';
import type { JobEnd, LaneNews } from '../trainer/messages.ts';
import { causeOfDeath, classifyExit } from './classify-exit.ts';
import { memoryKills } from './process-start-time.ts';
import type { TrainerExit, TrainerLane } from './trainer-process.ts';

/** Shares of a lease without an acknowledged report after which the trainer is paused, and killed. */
const PAUSE_AFTER = 0.6;
const KILL_AFTER = 0.85;
/** Points are written soon after they are heard, so that a page is live; the heartbeat alone would be every 5 s. */
const FLUSH_MS = 1_000;
/** A trainer that was asked to stop and does not within this time is killed. */
const STOP_DEADLINE_MS = 20_000;
/** No sign of life for so long means a hanging native call. */
const HANG_MS = 300_000;
/** So many full checkpoints are never too many. */
const ALWAYS_KEPT = 2;
/** A peak is written again when it is so much higher, since each writing is an update of the attempt. */
const MEMORY_WORTH_TELLING = 1.02;
/** A database that is away is asked again after this time. */
const RETRY_MS = 500;

export interface AttemptTools {
  readonly ledger: RunLedger;
  readonly artifacts: ArtifactStore;
  readonly trainer: TrainerLane;
  readonly timers: Timers;
  readonly log: Log;
  /** Resolves when the worker drains; resolves at once when it does already. */
  readonly draining: Promise<void>;
  /** Monotone milliseconds. */
  readonly now: () => number;
  /** The attempt's part of its slot's time: what it costs. */
  readonly share: TimeShare;
  /** The trainer has taken the run. */
  readonly onTaken: () => void;
}

type StopReason = 'cancel' | 'prune' | 'release' | 'drain';

/**
 * Takes one claimed run from its claim to its end. Reports are the heartbeat; every write is fenced; the trainer is
 * killed where the lease may be lost.
 */
export async function runAttempt(run: ClaimedRun, tools: AttemptTools): Promise<void> {
  await new AttemptUnderWay(run, tools).live();
}

/** One attempt's state: what is still to be written, what was asked, and how it ended. */
class AttemptUnderWay {
  readonly #run: ClaimedRun;
  readonly #tools: AttemptTools;
  readonly #memoryKillsBefore = memoryKills();
  #points: MetricPoint[] = [];
  #evaluations: EvaluationRecord[] = [];
  #samples: SampleRecord[] = [];
  #panels: PanelRecord[] = [];
  #findings: Finding[] = [];
  #start: AttemptStart | null = null;
  #checkpoints: CheckpointRecord[] = [];
  #lines: string[] = [];
  #imagesSeen = 0;
  #peakMemoryMib = 0;
  /** What of it is recorded. */
  #toldMemoryMib = 0;
  #fullCheckpoints: number;
  #lastAck: number;
  #lastReport: number;
  #lastNews: number;
  #paused = false;
  #fenced = false;
  #stop: { readonly reason: StopReason; readonly at: number } | null = null;
  #hung = false;
  #taken = false;

  constructor(run: ClaimedRun, tools: AttemptTools) {
    this.#run = run;
    this.#tools = tools;
    this.#fullCheckpoints = run.checkpoints.length;
    const began = tools.now();
    this.#lastAck = began;
    this.#lastReport = began;
    this.#lastNews = began;
  }

  async live(): Promise<void> {
    const { trainer, timers, now } = this.#tools;
    const inbox: (LaneNews | { readonly kind: 'exited'; readonly exit: TrainerExit })[] = [];
    let wake: () => void = () => {};
    let over = false;
    const put = (item: (typeof inbox)[number]): void => {
      inbox.push(item);
      wake();
    };
    trainer.onNews((news) => {
      this.#lastNews = now();
      if (!this.#taken) this.#tools.onTaken();
      this.#taken = true;
      if (!over) put(news);
    });
    trainer.onLine((line) => this.#lines.push(line));
    void trainer.exited.then((exit) => put({ kind: 'exited', exit }));
    void this.#tools.draining.then(() => {
      this.#askToStop('drain');
      wake();
    });
    const watch = setInterval(() => this.#watch(), Math.min(timers.heartbeatMs, 250));
    const { runId, epoch, checkpoints, plans } = this.#run;
    const begins = checkpoints.length === 0;
    const history = begins
      ? []
      : await this.#write(() => this.#tools.ledger.history({ runId, epoch, names: DETECTED_CURVES }));
    const looksBack = plans.some(({ protocols }) => protocols.some((id) => scoresBehind(id) !== null));
    const scores = begins || !looksBack ? [] : await this.#write(() => this.#tools.ledger.scores({ runId, epoch }));
    const { trialId: _, trainingVersion: __, ...job } = this.#run;
    trainer.train({ ...job, history: history ?? [], scores: scores ?? [] });
    // Asked for while the history was read, when the trainer did not know the run yet.
    if (this.#stop) trainer.stop();
    try {
      for (;;) {
        const item = inbox.shift();
        if (!item) {
          await this.#reportIfDue();
          if (inbox.length > 0) continue;
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, Math.min(FLUSH_MS, timers.heartbeatMs) / 2);
            wake = () => {
              clearTimeout(timer);
              resolve();
            };
          });
          continue;
        }
        if ((await this.#take(item)) === 'over') return;
        await this.#reportIfDue();
      }
    } finally {
      over = true;
      clearInterval(watch);
      trainer.close();
    }
  }

  #secondsTrained(): number {
    return this.#tools.share.seconds();
  }

  async #take(item: LaneNews | { readonly kind: 'exited'; readonly exit: TrainerExit }): Promise<'over' | null> {
    switch (item.kind) {
      case 'started':
        this.#imagesSeen = item.resumedAtImages;
        this.#start = { backend: item.backend, resumedAtImages: item.resumedAtImages };
        return null;
      case 'points':
        this.#imagesSeen = item.imagesSeen;
        for (const [name, value] of Object.entries(item.values))
          this.#points.push({ name: name as MetricPoint['name'], imagesSeen: item.imagesSeen, value });
        return null;
      case 'sample':
        this.#samples.push(item.sample);
        return null;
      case 'panel':
        this.#panels.push(item.panel);
        return null;
      case 'finding':
        this.#findings.push(item.finding);
        return null;
      case 'evaluation':
        this.#evaluations.push(item.evaluation);
        return null;
      case 'checkpoint':
        this.#imagesSeen = Math.max(this.#imagesSeen, item.checkpoint.imagesSeen);
        this.#checkpoints.push(item.checkpoint);
        return null;
      case 'log':
        this.#lines.push(item.line);
        return null;
      case 'ended':
        // A fenced trainer was killed: its exit comes next.
        if (this.#fenced) return null;
        await this.#end(item.end);
        return 'over';
      case 'exited':
        if (!this.#fenced) await this.#trainerDied(item.exit);
        return 'over';
      case 'memory':
        this.#peakMemoryMib = Math.max(this.#peakMemoryMib, item.peakMib);
        return null;
      case 'taken':
      case 'alive':
        return null;
    }
  }

  /** Forgets the full checkpoints that are too many once those of a report are recorded. */
  async #countCheckpoints(recorded: readonly CheckpointRecord[]): Promise<void> {
    const full = recorded.filter(({ kind }) => kind === 'full').length;
    this.#fullCheckpoints += full;
    if (full === 0 || this.#fullCheckpoints <= ALWAYS_KEPT) return;
    const { runId, epoch } = this.#run;
    const { ledger, artifacts } = this.#tools;
    const stale = await this.#write(() => ledger.pruneCheckpoints({ runId, epoch }));
    for (const key of stale ?? []) await artifacts.remove(key);
  }

  async #end(end: JobEnd): Promise<void> {
    const { runId, epoch } = this.#run;
    const { ledger, log } = this.#tools;
    await this.#writeLog();
    const seconds = this.#secondsTrained();
    if (end.kind === 'stopped' && (this.#stop?.reason === 'drain' || this.#stop?.reason === 'release')) {
      await this.#reportAll();
      const reason = this.#stop.reason === 'drain' ? 'drain' : 'pause';
      await this.#write(() => ledger.release({ runId, epoch, reason, seconds }));
      log.info({ event: 'attempt.released', runId, epoch, reason, imagesSeen: end.imagesSeen }, 'attempt released');
      return;
    }
    if (end.kind === 'at-rung') {
      await this.#reportAll();
      await this.#write(() => ledger.release({ runId, epoch, reason: 'rung', seconds }));
      log.info({ event: 'attempt.released', runId, epoch, reason: 'rung', imagesSeen: end.imagesSeen }, 'run set down');
      return;
    }
    if (end.kind === 'failed') {
      await this.#reportAll();
      const failure = { kind: end.failureKind, message: end.message };
      const became = await this.#write(() =>
        ledger.fail({ runId, epoch, failure, exitCode: null, signal: null, seconds }),
      );
      log.warn(
        { event: 'attempt.failed', runId, epoch, kind: failure.kind, reason: failure.message, became },
        'attempt failed',
      );
      return;
    }
    const outcome = this.#outcomeOf(end);
    // Only a run under way forgets checkpoints.
    const full = this.#checkpoints.filter(({ kind }) => kind === 'full').length;
    if (full > 0 && this.#fullCheckpoints + full > ALWAYS_KEPT) await this.#reportAll();
    if (this.#fenced) return;
    const last = this.#takeReport();
    await this.#write(() => ledger.finish({ runId, epoch, outcome, seconds, last }));
    log.info(
      { event: 'attempt.ended', runId, epoch, outcome: outcome.kind, seconds: Math.round(seconds * 10) / 10 },
      'attempt ended',
    );
  }

  #outcomeOf(end: Exclude<JobEnd, { readonly kind: 'failed' | 'at-rung' }>): Outcome {
    switch (end.kind) {
      case 'succeeded':
        return { kind: 'succeeded', atImagesSeen: end.imagesSeen, endedBy: end.endedBy };
      case 'diverged':
        return { kind: 'diverged', atImagesSeen: end.imagesSeen, firstBadTensor: end.firstBadTensor };
      case 'pruned':
        return { kind: 'pruned', atImagesSeen: end.imagesSeen };
      case 'stopped':
        return { kind: this.#stop?.reason === 'prune' ? 'pruned' : 'cancelled', atImagesSeen: end.imagesSeen };
    }
  }

  async #trainerDied(exit: TrainerExit): Promise<void> {
    const { runId, epoch } = this.#run;
    const { ledger, log } = this.#tools;
    await this.#reportAll();
    await this.#writeLog();
    if (this.#fenced) return;
    const seconds = this.#secondsTrained();
    if (exit.killedByUs && this.#stop?.reason === 'drain') {
      await this.#write(() => ledger.release({ runId, epoch, reason: 'drain', seconds }));
      return;
    }
    if (!this.#taken && !this.#hung) {
      await this.#write(() =>
        ledger.release({ runId, epoch, reason: 'no-trainer', seconds, untaken: causeOfDeath(exit) }),
      );
      log.info({ event: 'attempt.released', runId, epoch, reason: 'no-trainer' }, 'its trainer died before it began');
      return;
    }
    const before = this.#memoryKillsBefore;
    const killedForMemory = before !== null && (memoryKills() ?? before) > before;
    const failure = this.#hung
      ? { kind: 'hang' as const, message: `the trainer gave no sign of life for ${HANG_MS / 1000} s` }
      : classifyExit(exit, killedForMemory);
    const became = await this.#write(() =>
      ledger.fail({ runId, epoch, failure, exitCode: exit.exitCode, signal: exit.signal, seconds }),
    );
    log.warn(
      { event: 'attempt.failed', runId, epoch, kind: failure.kind, reason: failure.message, became },
      'trainer died',
    );
  }

  #hasNews(): boolean {
    const news = [this.#points, this.#evaluations, this.#samples, this.#panels, this.#findings, this.#checkpoints];
    return this.#start !== null || news.some(({ length }) => length > 0);
  }

  /** Reports until everything heard is acknowledged, or until the lease may be lost. */
  async #reportAll(): Promise<void> {
    const { timers, now } = this.#tools;
    while (this.#hasNews() && !this.#fenced) {
      await this.#report();
      if (!this.#hasNews() || now() - this.#lastAck > KILL_AFTER * timers.leaseMs) return;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  async #reportIfDue(): Promise<void> {
    const { timers, now } = this.#tools;
    const pause = this.#hasNews() ? Math.min(FLUSH_MS, timers.heartbeatMs) : timers.heartbeatMs;
    if (now() - this.#lastReport < pause) return;
    await this.#report();
    await this.#writeLog();
  }

  /** One try: what could not be written stays for the next one. */
  async #report(): Promise<void> {
    if (this.#fenced) return;
    const { ledger, timers, now, log } = this.#tools;
    const sent = now();
    this.#lastReport = sent;
    const report = this.#takeReport();
    let replies: readonly ReportReply[];
    try {
      replies = await ledger.report({ leaseMs: timers.leaseMs, runs: [report] });
    } catch (error) {
      this.#points = [...report.points, ...this.#points];
      this.#evaluations = [...report.evaluations, ...this.#evaluations];
      this.#samples = [...report.samples, ...this.#samples];
      this.#panels = [...report.panels, ...this.#panels];
      this.#findings = [...report.findings, ...this.#findings];
      this.#start ??= report.start;
      this.#checkpoints = [...report.checkpoints, ...this.#checkpoints];
      this.#toldMemoryMib = 0;
      log.warn(
        { event: 'report.failed', runId: this.#run.runId, reason: messageOf(error) },
        'the record is away; reports are kept',
      );
      return;
    }
    const reply = replies[0];
    if (!reply || reply.verdict === 'fenced') return this.#loseLease();
    this.#lastAck = sent;
    if (this.#paused) {
      this.#paused = false;
      this.#tools.trainer.resume();
    }
    if (reply.request !== 'continue') this.#askToStop(reply.request);
    await this.#countCheckpoints(report.checkpoints);
  }

  #takeReport(): RunReport {
    const { runId, epoch } = this.#run;
    const report: RunReport = {
      runId,
      epoch,
      imagesSeen: this.#imagesSeen,
      points: this.#points,
      evaluations: this.#evaluations,
      samples: this.#samples,
      panels: this.#panels,
      findings: this.#findings,
      start: this.#start,
      checkpoints: this.#checkpoints,
      ...(this.#peakMemoryMib > MEMORY_WORTH_TELLING * this.#toldMemoryMib && { peakMemoryMib: this.#peakMemoryMib }),
    };
    this.#toldMemoryMib = report.peakMemoryMib ?? this.#toldMemoryMib;
    this.#points = [];
    this.#evaluations = [];
    this.#samples = [];
    this.#panels = [];
    this.#findings = [];
    this.#start = null;
    this.#checkpoints = [];
    return report;
  }

  async #writeLog(): Promise<void> {
    const { runId, epoch } = this.#run;
    const lines = this.#lines;
    if (lines.length === 0 || this.#fenced) return;
    this.#lines = [];
    await this.#tools.ledger.appendLog({ runId, epoch, lines }).catch(() => {});
  }

  /** Repeats a write while the record is away and the lease may still be ours; null when it is not. */
  async #write<Answer>(work: () => Promise<Answer>): Promise<Answer | null> {
    const { timers, now, log } = this.#tools;
    for (;;) {
      const sent = now();
      try {
        const answer = await work();
        this.#lastAck = sent;
        return answer;
      } catch (error) {
        log.warn(
          { event: 'write.failed', runId: this.#run.runId, reason: messageOf(error) },
          'the record is away; trying again',
        );
        if (this.#fenced || now() - this.#lastAck > KILL_AFTER * timers.leaseMs) return null;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** Another epoch exists, or may: nothing of this attempt may be written any more. */
  #loseLease(): void {
    if (this.#fenced) return;
    this.#fenced = true;
    this.#tools.log.warn(
      { event: 'attempt.fenced', runId: this.#run.runId, epoch: this.#run.epoch },
      'lease lost; trainer ended',
    );
    this.#tools.trainer.kill();
  }

  #askToStop(reason: StopReason): void {
    if (this.#stop) return;
    this.#stop = { reason, at: this.#tools.now() };
    this.#tools.trainer.stop();
  }

  /** On a clock of its own, since a report may hang in a dead network. */
  #watch(): void {
    const { trainer, timers, now } = this.#tools;
    const silence = now() - this.#lastAck;
    if (silence > KILL_AFTER * timers.leaseMs) {
      this.#loseLease();
      return;
    }
    if (silence > PAUSE_AFTER * timers.leaseMs && !this.#paused) {
      this.#paused = true;
      trainer.pause();
    }
    if (this.#paused) this.#lastNews = now();
    if (this.#stop && now() - this.#stop.at > STOP_DEADLINE_MS) trainer.kill();
    if (now() - this.#lastNews > HANG_MS) {
      this.#hung = true;
      trainer.kill();
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
