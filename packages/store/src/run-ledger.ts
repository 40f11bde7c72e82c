import {
  type Configuration,
  type CurveName,
  type Epoch,
  type FolderVersion,
  isFolderId,
  type RunId,
  type ScoreName,
  type TrialId,
  withLaterFields,
} from '@gansweep/domain';
import type {
  CheckpointRecord,
  ClaimedRun,
  EvaluationPlan,
  NextInLine,
  ReportReply,
  RunLedger,
  RunReport,
} from '@gansweep/orchestrator';
import type pg from 'pg';
import { createFolderLedger } from './folder-ledger.ts';
import { holdPresence } from './hold-presence.ts';
import { retryOnOutage } from './outage.ts';
import type { Pools } from './pools.ts';

interface ClaimedRow {
  run_uid: RunId;
  run_epoch: Epoch;
  trial: TrialId;
  configuration: Configuration;
  run_seed: number;
  dataset_hash: string;
  version: number;
  plans: EvaluationPlan[];
  minutes: number | null;
  seconds_used: number;
  checkpoints: CheckpointRecord[];
}

/**
 * The record of runs over the fenced SQL functions. Every operation is one statement, so a stopped client never holds a
 * lock; all but `claim` and `fail` may happen twice and are repeated through a short outage.
 */
export function createRunLedger({ databaseUrl, pools }: { databaseUrl: string; pools: Pools }): RunLedger {
  const { main, heartbeat } = pools;

  /** The single value that a function answers with. */
  async function call<Answer extends string>(pool: pg.Pool, sql: string, values: readonly unknown[]): Promise<Answer> {
    const { rows } = await pool.query<{ answer: Answer }>(`SELECT ${sql} AS answer`, [...values]);
    const [row] = rows;
    if (!row) throw new Error(`no answer from ${sql}`);
    return row.answer;
  }

  return {
    async claim({ workerId, slot, limit, leaseMs, pack = false, beside = [], expected = null, because = null }) {
      const { rows } = await main.query<ClaimedRow>('SELECT * FROM run_claim($1, $2, $3, $4, $5, $6, $7, $8)', [
        workerId,
        slot,
        limit,
        leaseMs,
        pack,
        beside,
        expected,
        because,
      ]);
      const folders = createFolderLedger({ pools });
      return Promise.all(
        rows.map(async (row) => {
          const { dataset } = row.configuration;
          return claimedRun(row, isFolderId(dataset) ? await folders.find(dataset, row.dataset_hash) : null);
        }),
      );
    },

    async next(atMost, workerId) {
      const { rows } = await main.query<{ run_uid: RunId } & Omit<NextInLine, 'runId'>>(
        'SELECT * FROM run_next($1, $2)',
        [atMost, workerId],
      );
      const [row] = rows;
      if (!row) return null;
      const { run_uid: runId, configuration, alone, waiting, slots } = row;
      return { runId, configuration, alone, waiting, slots };
    },

    async history({ runId, epoch, names }) {
      const { rows } = await retryOnOutage(() =>
        main.query<{ images: number; name: CurveName; value: number | null }>('SELECT * FROM run_history($1, $2, $3)', [
          runId,
          epoch,
          names,
        ]),
      );
      return rows.map(({ images, name, value }) => ({ name, imagesSeen: images, value: value ?? Number.NaN }));
    },

    async scores({ runId, epoch }) {
      const { rows } = await retryOnOutage(() =>
        main.query<{ images: number; name: ScoreName; value: number | null }>('SELECT * FROM run_scores($1, $2)', [
          runId,
          epoch,
        ]),
      );
      return rows.map(({ images, name, value }) => ({ name, imagesSeen: images, value: value ?? Number.NaN }));
    },

    async report({ leaseMs, runs }) {
      if (runs.length === 0) return [];
      const { rows } = await retryOnOutage(() =>
        heartbeat.query<{ run_at: number; request: ReportReply['request'] }>(
          'SELECT * FROM run_report($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)',
          [
            leaseMs,
            runs.map((run) => run.runId),
            runs.map((run) => run.epoch),
            runs.map((run) => run.imagesSeen),
            ...observations(runs),
          ],
        ),
      );
      const requests = new Map(rows.map((row) => [row.run_at, row.request]));
      return runs.map(({ runId }, at) => {
        const request = requests.get(at + 1);
        return request === undefined
          ? { runId, verdict: 'fenced', request: 'continue' }
          : { runId, verdict: 'recorded', request };
      });
    },

    async pruneCheckpoints({ runId, epoch }) {
      const { rows } = await main.query<{ artifact: string }>('SELECT checkpoint_prune($1, $2) AS artifact', [
        runId,
        epoch,
      ]);
      return rows.map((row) => row.artifact);
    },

    async appendLog({ runId, epoch, lines }) {
      if (lines.length === 0) return;
      // PostgreSQL's text has no NUL.
      const clean = lines.map((line) => line.replaceAll('\0', ''));
      await main.query('SELECT attempt_log_append($1, $2, $3)', [runId, epoch, clean]);
    },

    finish({ runId, epoch, outcome, seconds, last }) {
      const failure = 'failure' in outcome ? outcome.failure : null;
      const imagesSeen = 'atImagesSeen' in outcome ? outcome.atImagesSeen : last.imagesSeen;
      return retryOnOutage(() =>
        call(main, 'run_finish($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)', [
          runId,
          epoch,
          outcome.kind,
          imagesSeen,
          outcome.kind === 'succeeded' ? outcome.endedBy : null,
          outcome.kind === 'diverged' ? outcome.firstBadTensor : null,
          failure?.kind ?? null,
          failure?.message ?? null,
          seconds,
          ...observations([last]),
        ]),
      );
    },

    release({ runId, epoch, reason, seconds, untaken = null }) {
      const values = [runId, epoch, seconds, untaken, reason === 'rung'];
      return retryOnOutage(() => call(main, 'run_release($1, $2, $3, $4, $5)', values));
    },

    fail({ runId, epoch, failure, exitCode, signal, seconds }) {
      const values = [runId, epoch, failure.kind, failure.message, exitCode, signal, seconds];
      return call(main, 'run_fail($1, $2, $3, $4, $5, $6, $7)', values);
    },

    async workerBeat({ workerId, host, pid, backend, device, slots, state, offers, unwell }) {
      const values = [workerId, host, pid, backend, device, slots, state, offers, JSON.stringify(unwell)];
      await retryOnOutage(() => heartbeat.query('SELECT worker_beat($1, $2, $3, $4, $5, $6, $7, $8, $9)', values));
    },

    async workerGone(workerId) {
      await retryOnOutage(() => main.query('SELECT worker_gone($1)', [workerId]));
    },

    holdPresence: (workerId) => holdPresence(databaseUrl, workerId),
  };
}

function claimedRun(row: ClaimedRow, folder: FolderVersion | null): ClaimedRun {
  return {
    runId: row.run_uid,
    epoch: row.run_epoch,
    trialId: row.trial,
    configuration: withLaterFields(row.configuration),
    seed: row.run_seed,
    dataHash: row.dataset_hash,
    folder,
    trainingVersion: row.version,
    plans: row.plans,
    runMinutes: row.minutes,
    secondsUsed: row.seconds_used,
    checkpoints: row.checkpoints,
  };
}

/** Parallel arrays of points and five documents; positions of runs count from 1. Numbers that are not finite become null. */
function observations(runs: readonly RunReport[]): unknown[] {
  const points = runs.flatMap((run, at) => run.points.map((point) => ({ at: at + 1, point })));
  return [
    points.map(({ at }) => at),
    points.map(({ point }) => point.name),
    points.map(({ point }) => point.imagesSeen),
    points.map(({ point }) => point.value),
    documents(runs, ({ evaluations }) => evaluations),
    // The database tells panels from grids by their name.
    documents(runs, ({ samples, panels }) => [...samples, ...panels]),
    documents(runs, ({ findings }) => findings),
    documents(runs, ({ start, peakMemoryMib }) => [
      ...(start
        ? [
            {
              backend: start.backend.name,
              version: start.backend.version,
              device: start.backend.device,
              resumedAtImages: start.resumedAtImages,
            },
          ]
        : []),
      ...(peakMemoryMib === undefined ? [] : [{ peakMemoryMib }]),
    ]),
    documents(runs, ({ checkpoints }) => checkpoints),
  ];
}

function documents(runs: readonly RunReport[], of: (run: RunReport) => readonly object[]): string {
  return JSON.stringify(runs.flatMap((run, at) => of(run).map((each) => ({ run: at + 1, ...each }))));
}
