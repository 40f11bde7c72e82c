import { LANE_FIELDS, SWITCH_FIELDS, type WorkerId } from '@gansweep/domain';
import type { ClaimedRun } from '@gansweep/orchestrator';
import { buildConfiguration, buildRuns, buildWorker, newId } from '@gansweep/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecord, type Record } from './open-record.ts';

describe('packs', () => {
  let record: Record;
  let other: WorkerId;
  let trials = 1_000;
  beforeAll(async () => {
    record = await openRecord();
    await record.store.runs.workerBeat({ ...buildWorker(record.workerId), slots: 1 });
    other = newId<WorkerId>();
  });
  afterAll(async () => {
    await record[Symbol.asyncDispose]();
  });

  const submit = async (configurations: readonly Parameters<typeof buildConfiguration>[0][]) => {
    const runs = buildRuns({ trials: configurations.length, seeds: [1], firstTrial: trials }).map((run, i) => ({
      ...run,
      configuration: buildConfiguration(configurations[i]),
    }));
    trials += configurations.length;
    return record.submit({ runs, sweep: { trialCount: runs.length } });
  };
  const claimPack = (limit: number, workerId = record.workerId): Promise<readonly ClaimedRun[]> =>
    record.store.runs.claim({ workerId, slot: 0, limit, leaseMs: 60_000, pack: true });
  const succeedAll = async (runs: readonly ClaimedRun[]): Promise<void> => {
    for (const run of runs) await record.succeed(run);
  };

  it('take runs that differ in lane fields alone, past others in line, and never more than the limit', async () => {
    await submit([
      { nz: 7 },
      { nz: 8 },
      { nz: 7, lrG: 0.5 },
      { nz: 7, noise: 'uniform', images: 64 },
      { nz: 7, beta1: 0 },
    ]);
    const pack = await claimPack(3);
    expect(pack.map(({ configuration }) => configuration.nz)).toEqual([7, 7, 7]);
    const next = await claimPack(3);
    expect(next.map(({ configuration }) => configuration.nz)).toEqual([8]);
    const last = await claimPack(3);
    expect(last).toHaveLength(1);
    await succeedAll([...pack, ...next, ...last]);
    expect(await record.store.reconciler.audit()).toEqual({});
  });

  it('leave every slot of every worker its share', async () => {
    await record.store.runs.workerBeat({ ...buildWorker(other), slots: 3 });
    await submit(Array.from({ length: 8 }, () => ({ nz: 9 })));
    const first = await claimPack(32);
    expect(first).toHaveLength(2);
    const rest = [...(await claimPack(32, other)), ...(await claimPack(32, other)), ...(await claimPack(32, other))];
    await succeedAll([...first, ...rest]);
    for (let pack = await claimPack(32); pack.length > 0; pack = await claimPack(32)) await succeedAll(pack);
    await record.store.runs.workerGone(other);
  });

  it('leave hints for the slots that are idle beside a full one', async () => {
    await record.store.runs.workerBeat({ ...buildWorker(other), slots: 1 });
    await submit(Array.from({ length: 6 }, () => ({ nz: 12 })));
    const pack = await claimPack(32);
    expect(pack).toHaveLength(3);
    expect(await record.store.reconciler.claimable(10)).toHaveLength(2);
    const rest = await claimPack(32, other);
    expect(await record.store.reconciler.claimable(10)).toHaveLength(0);
    await succeedAll([...pack, ...rest]);
    for (let more = await claimPack(32); more.length > 0; more = await claimPack(32)) await succeedAll(more);
    await record.store.runs.workerGone(other);
  });

  it('are refilled with their own shape, while that is next in line', async () => {
    await submit([{ nz: 13 }, { nz: 13 }, { nz: 13 }, { nz: 14 }, { nz: 13, noise: 'uniform' }]);
    const pack = await claimPack(2);
    expect(pack.map(({ configuration }) => configuration.nz)).toEqual([13, 13]);
    const refill = (limit: number, beside: readonly ClaimedRun[]): Promise<readonly ClaimedRun[]> =>
      record.store.runs.claim({
        workerId: record.workerId,
        slot: 0,
        limit,
        leaseMs: 60_000,
        pack: true,
        beside: beside.map(({ runId }) => runId),
      });
    const [third, ...none] = await refill(1, pack);
    expect(third?.configuration.nz).toBe(13);
    expect(none).toEqual([]);
    // Another shape is next in line: the pack runs dry.
    expect(await refill(4, [...pack, ...(third ? [third] : [])])).toEqual([]);
    const sizes = await record.sql<{ size: number }>(
      'SELECT a.pack_size AS size FROM attempt a JOIN run r ON r.id = a.run_id WHERE r.uid = ANY ($1) ORDER BY r.id',
      [[...pack, ...(third ? [third] : [])].map(({ runId }) => runId)],
    );
    expect(sizes.map(({ size }) => size)).toEqual([3, 3, 3]);
    const other = await claimPack(2);
    expect(other.map(({ configuration }) => configuration.nz)).toEqual([14]);
    const last = await refill(2, pack);
    expect(last.map(({ configuration }) => configuration.noise)).toEqual(['uniform']);
    await succeedAll([...pack, ...(third ? [third] : []), ...other, ...last]);
    expect(await record.store.reconciler.audit()).toEqual({});
  });

  it('are not refilled where a run has to train alone, nor where it trains without a pack', async () => {
    await submit([{ nz: 15 }, { nz: 15 }, { nz: 15 }]);
    const [first] = await claimPack(1);
    await record.sql('UPDATE run SET alone = true WHERE uid = $1', [first?.runId]);
    const refill = { workerId: record.workerId, slot: 0, limit: 2, leaseMs: 60_000, pack: true };
    expect(await record.store.runs.claim({ ...refill, beside: first ? [first.runId] : [] })).toEqual([]);
    const rest = await claimPack(2);
    expect(rest).toHaveLength(2);
    await succeedAll([...(first ? [first] : []), ...rest]);
  });

  it('are looked at before they are claimed, and what is first by then is taken alone where it is of another shape', async () => {
    expect(await record.store.runs.next(16, record.workerId)).toBeNull();
    await submit([{ nz: 10 }, { nz: 16 }, { nz: 10, lrG: 0.5 }, { nz: 10, lrG: 0.4 }, { nz: 16, lrD: 0.5 }]);
    const next = await record.store.runs.next(16, record.workerId);
    expect(next).toMatchObject({ alone: false, waiting: 3, slots: 1, configuration: { nz: 10 } });
    const take = { workerId: record.workerId, slot: 0, leaseMs: 60_000, pack: true };
    const expected = next?.runId ?? null;
    const pack = await record.store.runs.claim({ ...take, limit: 2, expected, because: 'two are enough' });
    expect(pack.map(({ configuration }) => configuration.nz)).toEqual([10, 10]);
    const other = await record.store.runs.claim({ ...take, limit: 2, expected, because: 'two are enough' });
    expect(other.map(({ configuration }) => configuration.nz)).toEqual([16]);
    const reasons = async (claimed: readonly ClaimedRun[]) => {
      const shown = await Promise.all(claimed.map(({ runId }) => record.store.read.getRun(runId)));
      return shown.map((run) => run?.attempts[0]?.pack);
    };
    expect(await reasons([...pack, ...other])).toEqual([
      { size: 2, because: 'two are enough' },
      { size: 2, because: 'two are enough' },
      { size: 1, because: null },
    ]);
    await succeedAll([...pack, ...other]);
    for (let more = await claimPack(32); more.length > 0; more = await claimPack(32)) await succeedAll(more);
  });

  it('whose trainer dies leave their runs to train alone, with nothing counted against them', async () => {
    await submit(Array.from({ length: 3 }, () => ({ nz: 11 })));
    const pack = await claimPack(32);
    expect(pack).toHaveLength(3);
    for (const { runId, epoch } of pack)
      expect(
        await record.store.runs.fail({
          runId,
          epoch,
          failure: { kind: 'crash', message: 'the trainer died of SIGSEGV' },
          exitCode: null,
          signal: 'SIGSEGV',
          seconds: 1,
        }),
      ).toBe('retry-wait');
    await record.promoteNow();
    const [counted] = await record.sql<{ n: number; cordoned: number }>(
      `SELECT (SELECT sum(n_crash + n_noprogress)::int FROM run WHERE uid = ANY ($1)) AS n,
              (SELECT count(*)::int FROM worker WHERE state = 'cordoned') AS cordoned`,
      [pack.map(({ runId }) => runId)],
    );
    expect(counted).toEqual({ n: 0, cordoned: 0 });
    expect(await record.store.runs.next(16, record.workerId)).toMatchObject({ alone: true, waiting: 1 });
    for (let i = 0; i < 3; i++) {
      const alone = await claimPack(32);
      expect(alone).toHaveLength(1);
      await succeedAll(alone);
    }
  });

  it('share what the domain says that runs of a shape share', async () => {
    const [row] = await record.sql<{ shape: string }>('SELECT pack_shape($1) AS shape', [
      JSON.stringify(Object.fromEntries([['model', 'mlp2d'], ['nz', 2], ...LANE_FIELDS.map((name) => [name, 1])])),
    ]);
    const off = Object.fromEntries(SWITCH_FIELDS.map((name) => [name, false]));
    expect(JSON.parse(row?.shape ?? '')).toEqual({ model: 'mlp2d', nz: 2, ...off });
  });

  it('share what numbers of a loss or a noise law from a plugin differ in', async () => {
    const [row] = await record.sql<{ shape: string }>('SELECT pack_shape($1) AS shape', [
      JSON.stringify({
        loss: 'plugin:focal',
        noise: 'plugin:laplace',
        'focal.gamma': 2,
        'focal.form': 'a',
        'laplace.scale': 1,
        'other.depth': 1,
        plugins: 'focal@1 laplace@2 other@3',
      }),
    ]);
    const off = Object.fromEntries(SWITCH_FIELDS.map((name) => [name, false]));
    expect(JSON.parse(row?.shape ?? '')).toEqual({
      loss: 'plugin:focal',
      'focal.form': 'a',
      'other.depth': 1,
      plugins: 'focal@1 laplace@2 other@3',
      ...off,
    });
  });

  it.each(SWITCH_FIELDS)('differ in the strength of %s, not in whether it is on', async (trick) => {
    const shapes = await record.sql<{ shape: string }>(
      `SELECT pack_shape(jsonb_build_object('model', 'mlp2d', $1::text, strength)) AS shape
       FROM unnest(ARRAY[0, 0.1, 0.2]) AS strength`,
      [trick],
    );
    const [off, weak, strong] = shapes.map(({ shape }) => JSON.parse(shape));
    expect(weak).toEqual({ ...off, [trick]: true });
    expect(strong).toEqual(weak);
    expect(off[trick]).toBe(false);
  });
});
