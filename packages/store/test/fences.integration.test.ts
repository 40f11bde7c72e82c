import type { ClaimedRun, EvaluationRecord, MetricPoint } from '@gansweep/orchestrator';
import { buildReport } from '@gansweep/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecord, type Record } from './open-record.ts';

const LEASE_MS = 60_000;
const SHA = 'c'.repeat(64);

describe('fenced writes', () => {
  let record: Record;
  beforeAll(async () => {
    record = await openRecord();
  });
  afterAll(async () => {
    expect(await record.store.reconciler.audit()).toEqual({});
    await record[Symbol.asyncDispose]();
  });

  const lossD = (imagesSeen: number, value = imagesSeen): MetricPoint => ({ name: 'lossD', imagesSeen, value });

  async function fresh(): Promise<ClaimedRun> {
    await record.submit();
    return record.claimOne();
  }

  async function report(run: ClaimedRun, points: readonly MetricPoint[]) {
    const imagesSeen = Math.max(0, ...points.map((point) => point.imagesSeen));
    const [reply] = await record.store.runs.report({
      leaseMs: LEASE_MS,
      runs: [buildReport(run, { imagesSeen, points })],
    });
    return reply;
  }

  async function checkpoint(run: ClaimedRun, imagesSeen: number): Promise<void> {
    const artifact = `${run.runId}/e${run.epoch}/${imagesSeen}`;
    const checkpoints = [{ imagesSeen, kind: 'full', artifact, sha256: SHA, bytes: 1 }] as const;
    await record.store.runs.report({ leaseMs: LEASE_MS, runs: [buildReport(run, { checkpoints })] });
  }

  async function reclaim(run: ClaimedRun): Promise<ClaimedRun> {
    await record.store.runs.release({ runId: run.runId, epoch: run.epoch, reason: 'drain', seconds: 1 });
    const again = await record.claimOne();
    expect(again.runId).toBe(run.runId);
    return again;
  }

  async function stored(run: ClaimedRun): Promise<{ epoch: number; images: number; value: number | null }[]> {
    return record.sql(
      `SELECT m.epoch, m.images_seen::int AS images, m.value FROM metric m JOIN run r ON r.id = m.run_id
       WHERE r.uid = $1 ORDER BY m.images_seen, m.epoch`,
      [run.runId],
    );
  }

  async function canonical(run: ClaimedRun): Promise<[number, number][]> {
    const rows = await record.sql<{ images: number; epoch: number }>(
      `SELECT m.images_seen::int AS images, m.epoch FROM canonical_metric m JOIN run r ON r.id = m.run_id
       WHERE r.uid = $1 ORDER BY m.images_seen, m.epoch`,
      [run.runId],
    );
    return rows.map((row) => [row.images, row.epoch]);
  }

  it('writes a finding once, not of an old epoch, and not from before the checkpoint that an attempt resumes from', async () => {
    const found = (run: ClaimedRun, imagesSeen: number, name: 'collapse' | 'oscillation' = 'collapse') =>
      record.store.runs.report({
        leaseMs: LEASE_MS,
        runs: [buildReport(run, { imagesSeen, findings: [{ name, imagesSeen, evidence: { imagesSeen } }] })],
      });
    const findings = async (): Promise<readonly unknown[]> =>
      (await record.store.read.getRun(first.runId))?.findings ?? [];
    const first = await fresh();
    await found(first, 10);
    await found(first, 10);
    await checkpoint(first, 20);
    await found(first, 30, 'oscillation');
    expect(await findings()).toHaveLength(2);
    const second = await reclaim(first);
    expect(await findings()).toEqual([{ name: 'collapse', imagesSeen: 10, evidence: { imagesSeen: 10 } }]);
    await found(first, 40, 'oscillation');
    await found(second, 15, 'oscillation');
    expect(await findings()).toHaveLength(1);
    await found(second, 30, 'oscillation');
    expect(await findings()).toEqual([
      { name: 'collapse', imagesSeen: 10, evidence: { imagesSeen: 10 } },
      { name: 'oscillation', imagesSeen: 30, evidence: { imagesSeen: 30 } },
    ]);
    const events = await record.sql<{ n: number }>(
      "SELECT count(*)::int AS n FROM event WHERE type = 'finding' AND payload ->> 'run' = $1",
      [first.runId],
    );
    expect(events[0]?.n).toBe(3);
    await record.succeed(second);
  });

  it('tells a resumed attempt the points before its checkpoint, and an old one nothing', async () => {
    const first = await fresh();
    await report(first, [lossD(10, 1), lossD(20, 2), lossD(30, 3)]);
    await checkpoint(first, 20);
    const second = await reclaim(first);
    const { runId, epoch } = second;
    expect(await record.store.runs.history({ runId, epoch, names: ['lossD'] })).toEqual([lossD(10, 1), lossD(20, 2)]);
    expect(await record.store.runs.history({ runId, epoch, names: ['lossG'] })).toEqual([]);
    expect(await record.store.runs.history({ runId, epoch: first.epoch, names: ['lossD'] })).toEqual([]);
    await record.succeed(second);
  });

  /** Resolves when some statement of this database waits for a lock. */
  async function somebodyWaits(): Promise<void> {
    await expect
      .poll(
        async () =>
          (
            await record.sql(
              "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'SELECT%run_%'",
            )
          ).length,
        { timeout: 5_000, interval: 10 },
      )
      .toBe(1);
  }

  async function inTransaction(use: (client: pg.Client) => Promise<void>): Promise<void> {
    const client = new pg.Client({ connectionString: record.url });
    await client.connect();
    try {
      await client.query('BEGIN');
      await use(client);
    } finally {
      await client.end();
    }
  }

  const REPORT = `SELECT * FROM run_report(60000, ARRAY[$1::uuid], ARRAY[$2::int], ARRAY[10::bigint],
    ARRAY[1], ARRAY['lossD'], ARRAY[10::bigint], ARRAY[1.5::float8], '[]', '[]')`;

  it('a stale epoch writes no point, evaluation, sample or checkpoint', async () => {
    const run = await fresh();
    const owner = await reclaim(run);
    const evaluation: EvaluationRecord = {
      imagesSeen: 5,
      protocol: 'density2d/v1',
      passport: {},
      scores: { js: 0.5 },
      seconds: 1,
    };
    const stale = buildReport(run, {
      points: [lossD(5)],
      evaluations: [evaluation],
      samples: [{ imagesSeen: 5, artifact: 'x' }],
    });
    expect(await record.store.runs.report({ leaseMs: LEASE_MS, runs: [stale] })).toMatchObject([{ verdict: 'fenced' }]);
    await checkpoint(run, 5);
    for (const table of ['metric', 'evaluation', 'sample', 'checkpoint']) {
      const rows = await record.sql(`SELECT 1 FROM ${table} t JOIN run r ON r.id = t.run_id WHERE r.uid = $1`, [
        run.runId,
      ]);
      expect({ table, rows: rows.length }).toEqual({ table, rows: 0 });
    }
    await record.succeed(owner);
  });

  it('a takeover waits for a report in flight, and the report counts', async () => {
    const run = await fresh();
    let takeover: Promise<string> | undefined;
    await inTransaction(async (client) => {
      expect((await client.query(REPORT, [run.runId, run.epoch])).rows).toHaveLength(1);
      takeover = record.store.runs.release({ runId: run.runId, epoch: run.epoch, reason: 'drain', seconds: 1 });
      await somebodyWaits();
      await client.query('COMMIT');
    });
    expect(await takeover).toBe('recorded');
    expect(await stored(run)).toHaveLength(1);
    await record.succeed(await record.claimOne());
  });

  it('a report waits for a takeover in flight, and then writes nothing', async () => {
    const run = await fresh();
    let late: ReturnType<typeof report> | undefined;
    await inTransaction(async (client) => {
      await client.query('SELECT run_release($1, $2, 1)', [run.runId, run.epoch]);
      late = report(run, [lossD(10)]);
      await somebodyWaits();
      await client.query('COMMIT');
    });
    expect(await late).toMatchObject({ verdict: 'fenced' });
    expect(await stored(run)).toEqual([]);
    await record.succeed(await record.claimOne());
  });

  it('a takeover waits for a checkpoint in flight, and the checkpoint counts', async () => {
    const run = await fresh();
    let takeover: Promise<string> | undefined;
    await inTransaction(async (client) => {
      const kept = [{ run: 1, kind: 'full', imagesSeen: 10, artifact: 'a', sha256: SHA, bytes: 1 }];
      await client.query(
        "SELECT run_report(9000, $1, $2, '{10}', '{}', '{}', '{}', '{}', '[]', '[]', p_checkpoints => $3)",
        [[run.runId], [run.epoch], JSON.stringify(kept)],
      );
      takeover = record.store.runs.release({ runId: run.runId, epoch: run.epoch, reason: 'drain', seconds: 1 });
      await somebodyWaits();
      await client.query('COMMIT');
    });
    expect(await takeover).toBe('recorded');
    const again = await record.claimOne();
    expect(again.checkpoints.map((each) => each.imagesSeen)).toEqual([10]);
    await record.succeed(again);
  });

  it('a checkpoint waits for a takeover in flight, and is then refused', async () => {
    const run = await fresh();
    let late: Promise<void> | undefined;
    await inTransaction(async (client) => {
      await client.query('SELECT run_release($1, $2, 1)', [run.runId, run.epoch]);
      late = checkpoint(run, 10);
      await somebodyWaits();
      await client.query('COMMIT');
    });
    await late;
    const again = await record.claimOne();
    expect(again.checkpoints).toEqual([]);
    await record.succeed(again);
  });

  it('a report that is sent twice is recorded once', async () => {
    const run = await fresh();
    await report(run, [lossD(10, 1), lossD(20, 2)]);
    expect(await report(run, [lossD(10, 1), lossD(20, 2), lossD(30, 3)])).toMatchObject({ verdict: 'recorded' });
    expect((await stored(run)).map((row) => row.value)).toEqual([1, 2, 3]);
    await record.succeed(run);
  });

  it('a value that is not finite is recorded as null, never as a number', async () => {
    const run = await fresh();
    await report(run, [
      lossD(1, Number.NaN),
      lossD(2, Number.POSITIVE_INFINITY),
      lossD(3, Number.NEGATIVE_INFINITY),
      lossD(4, 4),
    ]);
    expect((await stored(run)).map((row) => row.value)).toEqual([null, null, null, 4]);
    const evaluation: EvaluationRecord = {
      imagesSeen: 4,
      protocol: 'density2d/v1',
      passport: { samples: 10 },
      scores: { js: Number.NaN, kl: 2 },
      seconds: 1,
    };
    await record.store.runs.report({
      leaseMs: LEASE_MS,
      runs: [buildReport(run, { imagesSeen: 4, evaluations: [evaluation] })],
    });
    const scores = await record.sql(
      `SELECT s.name, s.value FROM score s JOIN evaluation e ON e.id = s.evaluation_id JOIN run r ON r.id = e.run_id
       WHERE r.uid = $1 ORDER BY s.name`,
      [run.runId],
    );
    expect(scores).toEqual([
      { name: 'js', value: null },
      { name: 'kl', value: 2 },
    ]);
    await record.succeed(run);
  });

  it('a curve without a name in the schema is refused, and nothing of that report stays', async () => {
    const run = await fresh();
    const unknown = { name: 'lossX', imagesSeen: 2, value: 1 } as unknown as MetricPoint;
    await expect(report(run, [lossD(1), unknown])).rejects.toThrow(/name_id/);
    expect(await stored(run)).toEqual([]);
    await record.succeed(run);
  });

  it('the curve follows the checkpoints: one value a step, whatever was trained twice', async () => {
    const run = await fresh();
    await report(
      run,
      [10, 20, 30, 40].map((images) => lossD(images)),
    );
    await checkpoint(run, 20);
    const second = await reclaim(run);
    expect(second.checkpoints.map((each) => each.imagesSeen)).toEqual([20]);
    expect(await canonical(run)).toEqual([
      [10, 1],
      [20, 1],
    ]);
    // The step of the checkpoint belongs to the first attempt, also when the second one sends it again.
    await report(
      second,
      [20, 30].map((images) => lossD(images)),
    );
    expect(await canonical(run)).toEqual([
      [10, 1],
      [20, 1],
      [30, 2],
    ]);
    await record.succeed(second);
  });

  it('a damaged checkpoint is passed over, and the curve falls back with it', async () => {
    const run = await fresh();
    await report(
      run,
      [10, 20, 30].map((images) => lossD(images)),
    );
    await checkpoint(run, 10);
    await checkpoint(run, 30);
    const second = await reclaim(run);
    const backend = { name: 'reference', version: '1', device: 'cpu' };
    const start = { backend, resumedAtImages: 10 };
    await record.store.runs.report({ leaseMs: LEASE_MS, runs: [buildReport(second, { start })] });
    expect(await canonical(run)).toEqual([[10, 1]]);
    await report(
      second,
      [20].map((images) => lossD(images)),
    );
    expect(await canonical(run)).toEqual([
      [10, 1],
      [20, 2],
    ]);
    const third = await reclaim(second);
    expect(third.checkpoints.map((each) => each.imagesSeen)).toEqual([10]);
    const [attempt] = await record.sql(
      'SELECT backend_name, resume_images::int FROM attempt a JOIN run r ON r.id = a.run_id WHERE r.uid = $1 AND a.epoch = 2',
      [run.runId],
    );
    expect(attempt).toEqual({ backend_name: 'reference', resume_images: 10 });
    await record.succeed(third);
  });

  it('an end writes what no report had said: the backend and the last checkpoint', async () => {
    const { runId, epoch } = await fresh();
    const checkpoint = { imagesSeen: 10, kind: 'generator', artifact: 'g', sha256: SHA, bytes: 1 } as const;
    const start = { backend: { name: 'reference', version: '1', device: 'cpu' }, resumedAtImages: 0 };
    await record.store.runs.finish({
      runId,
      epoch,
      outcome: { kind: 'succeeded', atImagesSeen: 10, endedBy: 'images' },
      seconds: 1,
      last: buildReport({ runId, epoch }, { start, checkpoints: [checkpoint] }),
    });
    const rows = await record.sql(
      `SELECT a.backend_name, c.kind, c.images_seen::int FROM run r JOIN attempt a ON a.run_id = r.id
       LEFT JOIN checkpoint c ON c.run_id = r.id WHERE r.uid = $1`,
      [runId],
    );
    expect(rows).toEqual([{ backend_name: 'reference', kind: 'generator', images_seen: 10 }]);
  });

  it('an attempt from scratch replaces everything, what was recorded at zero images included', async () => {
    const run = await fresh();
    await report(run, [lossD(0), lossD(10)]);
    const second = await reclaim(run);
    await report(second, [lossD(0)]);
    expect(await canonical(run)).toEqual([[0, 2]]);
    await record.succeed(second);
  });

  it('an evaluation repeated at the checkpoint of a resume counts once', async () => {
    const run = await fresh();
    const evaluate = (owner: ClaimedRun, js: number) =>
      record.store.runs.report({
        leaseMs: LEASE_MS,
        runs: [
          buildReport(owner, {
            imagesSeen: 20,
            evaluations: [{ imagesSeen: 20, protocol: 'density2d/v1', passport: {}, scores: { js }, seconds: 1 }],
          }),
        ],
      });
    await checkpoint(run, 20);
    await evaluate(run, 0.25);
    await evaluate(run, 0.75);
    const second = await reclaim(run);
    await evaluate(second, 0.5);
    const rows = await record.sql(
      `SELECT e.epoch, s.value FROM canonical_evaluation e JOIN run r ON r.id = e.run_id JOIN score s ON s.evaluation_id = e.id WHERE r.uid = $1`,
      [run.runId],
    );
    expect(rows).toEqual([{ epoch: 2, value: 0.5 }]);
    await record.succeed(second);
  });

  it('keeps the full checkpoint of the best evaluation beside the last two', async () => {
    const run = await fresh();
    for (const [imagesSeen, js] of [
      [10, 0.9],
      [20, 0.1],
      [30, 0.5],
      [40, 0.4],
    ] as const) {
      await checkpoint(run, imagesSeen);
      const evaluations: EvaluationRecord[] = [
        { imagesSeen, protocol: 'density2d/v1', passport: {}, scores: { js }, seconds: 1 },
      ];
      await record.store.runs.report({ leaseMs: LEASE_MS, runs: [buildReport(run, { imagesSeen, evaluations })] });
    }
    expect(await record.store.runs.pruneCheckpoints(run)).toEqual([`${run.runId}/e1/10`]);
    await record.succeed(run);
  });

  it('keeps the newest lines of a trainer, also its last words after the fence', async () => {
    const run = await fresh();
    const { runId, epoch } = run;
    await record.store.runs.appendLog({
      runId,
      epoch,
      lines: Array.from({ length: 4_999 }, (_, at) => `line ${at + 1}`),
    });
    await record.store.runs.appendLog({ runId, epoch, lines: ['nul \0 removed', 'line 5001'] });
    await record.succeed(run);
    await record.store.runs.appendLog({ runId, epoch, lines: ['bye'] });
    const [log] = await record.sql(
      `SELECT count(*)::int AS lines, min(line_no) AS first, (array_agg(line ORDER BY line_no DESC))[1:3] AS last
       FROM attempt_log l JOIN run r ON r.id = l.run_id WHERE r.uid = $1`,
      [runId],
    );
    expect(log).toEqual({ lines: 5_000, first: 3, last: ['bye', 'line 5001', 'nul  removed'] });
  });
});
