import type { Passport, RunId, SweepId } from '@gansweep/domain';
import type { ClaimedRun, NewRun, NewSweep, RunReport } from '@gansweep/orchestrator';
import { buildReport, buildRuns, buildSweep, newId } from '@gansweep/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecord, type Record } from './open-record.ts';

describe('sweeps', () => {
  let record: Record;
  let nextTrial = 1_000;
  beforeAll(async () => {
    record = await openRecord();
  });
  afterAll(async () => {
    expect(await record.store.reconciler.audit()).toEqual({});
    await record[Symbol.asyncDispose]();
  });

  function freshRuns(trials = 1): readonly NewRun[] {
    const firstTrial = nextTrial;
    nextTrial += trials;
    return buildRuns({ trials, firstTrial });
  }

  const members = async (sweep: SweepId) =>
    (
      await record.sql<{ uid: RunId }>(
        'SELECT r.uid FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id JOIN run r ON r.id = m.run_id WHERE s.uid = $1 ORDER BY m.idx',
        [sweep],
      )
    ).map((row) => row.uid);

  const sweepState = async (sweep: SweepId) =>
    (await record.sql<{ state: string }>('SELECT state FROM sweep WHERE uid = $1', [sweep]))[0]?.state;

  const specHashOf = async (sweep: SweepId): Promise<string> => (await record.store.sweeps.find(sweep))?.specHash ?? '';

  async function request(run: ClaimedRun) {
    const [reply] = await record.store.runs.report({ leaseMs: 60_000, runs: [buildReport(run)] });
    return reply?.request;
  }

  const release = (run: ClaimedRun) =>
    record.store.runs.release({ runId: run.runId, epoch: run.epoch, reason: 'pause', seconds: 1 });

  describe('submission', () => {
    it('gives one sweep for twenty submissions at once under one key', async () => {
      const runs = freshRuns(3);
      const answers = await Promise.all(
        Array.from({ length: 20 }, () =>
          record.store.sweeps.create(
            buildSweep({ idempotencyKey: 'twenty', bodyHash: 'same', trialCount: 3, runCount: 3 }),
            runs,
          ),
        ),
      );
      const ids = answers.map((answer) => (answer.kind === 'key-reused' ? answer.kind : answer.sweep.id));
      expect(new Set(ids).size).toBe(1);
      expect(answers.filter((answer) => answer.kind === 'created')).toHaveLength(1);
      expect(answers.filter((answer) => answer.kind === 'existing')).toHaveLength(19);
      await record.store.sweeps.cancel(ids[0] as SweepId);
    });

    it('refuses the same key with another body', async () => {
      const first = await record.store.sweeps.create(
        buildSweep({ idempotencyKey: 'key', bodyHash: 'one' }),
        freshRuns(),
      );
      const second = await record.store.sweeps.create(
        buildSweep({ idempotencyKey: 'key', bodyHash: 'two' }),
        freshRuns(),
      );
      expect(first.kind).toBe('created');
      expect(second).toEqual({ kind: 'key-reused' });
      if (first.kind === 'created') await record.store.sweeps.cancel(first.sweep.id);
    });

    it('expands in chunks, each exactly once, and works on the first ones meanwhile', async () => {
      const runs = freshRuns(9);
      const answer = await record.store.sweeps.create(buildSweep({ trialCount: 9, runCount: 9 }), runs.slice(0, 4));
      if (answer.kind !== 'created') throw new Error('created expected');
      const { id } = answer.sweep;
      expect(answer.sweep).toMatchObject({ state: 'expanding', nextIndex: 4, adoptedRunCount: 0 });
      expect((await record.store.sweeps.expanding()).map((sweep) => sweep.id)).toEqual([id]);
      await record.succeed(await record.claimOne());
      expect(await Promise.all([1, 2, 3].map(() => record.store.sweeps.expand(id, 4, runs.slice(4, 8))))).toEqual(
        expect.arrayContaining(['expanded', 'stale', 'stale']),
      );
      await record.store.reconciler.completeSweeps();
      expect(await sweepState(id)).toBe('expanding');
      await record.store.sweeps.expand(id, 8, runs.slice(8));
      expect(await record.store.sweeps.expanding()).toEqual([]);
      expect(await members(id)).toHaveLength(9);
      const rest = await record.claim({ limit: 20 });
      expect(rest).toHaveLength(8);
      for (const run of rest) await record.succeed(run);
      expect(await record.store.reconciler.completeSweeps()).toBe(1);
      expect(await sweepState(id)).toBe('done');
    });

    it('stops expanding while paused and goes on after', async () => {
      const runs = freshRuns(2);
      const id = await record.submit({ runs: runs.slice(0, 1), sweep: { runCount: 2 } });
      await record.store.sweeps.pause(id);
      expect(await record.store.sweeps.expand(id, 1, runs.slice(1))).toBe('stale');
      expect(await record.claim()).toEqual([]);
      await record.store.sweeps.resume(id);
      expect(await record.store.sweeps.expand(id, 1, runs.slice(1))).toBe('expanded');
      for (const run of await record.claim({ limit: 5 })) await record.succeed(run);
    });
  });

  describe('runs that are added later', () => {
    it('are added once, behind the others, and keep the sweep from being done while more may come', async () => {
      const runs = freshRuns(3);
      const id = await record.submit({ runs: runs.slice(0, 1), sweep: { growing: true } });
      const before = await members(id);
      await record.succeed(await record.claimOne());
      await record.store.reconciler.completeSweeps();
      expect(await sweepState(id)).toBe('active');
      expect((await record.store.sweeps.growing()).map((sweep) => sweep.id)).toEqual([id]);
      const specHash = await specHashOf(id);
      const more = { from: 1, specHash, runs: runs.slice(1), growing: true };
      const answers = await Promise.all([1, 2, 3].map(() => record.store.sweeps.append(id, more)));
      expect(answers.toSorted()).toEqual(['appended', 'stale', 'stale']);
      expect(await members(id)).toEqual([...before, ...(await members(id)).slice(1)]);
      expect(await record.store.read.getSweep(id)).toMatchObject({ trialCount: 3, runCount: 3, state: 'active' });
      for (const run of await record.claim({ limit: 5 })) await record.succeed(run);
      expect(await record.store.reconciler.completeSweeps()).toBe(0);
      expect(await sweepState(id)).toBe('active');
      expect(await record.store.sweeps.append(id, { from: 3, specHash, runs: [], growing: false })).toBe('appended');
      expect(await record.store.reconciler.completeSweeps()).toBe(1);
      expect(await sweepState(id)).toBe('done');
    });

    it('by a decision about a spec that grew meanwhile are not added, and it does not end the growing', async () => {
      const runs = freshRuns(2);
      const id = await record.submit({ runs: runs.slice(0, 1), sweep: { growing: true } });
      const specHash = await specHashOf(id);
      await record.succeed(await record.claimOne());
      // More seeds at most: nothing to be added yet, so the sweep has as many runs as before.
      const counts = { trialCount: 1, runCount: 1, addedTrialCount: 0 };
      const { kind } = await record.store.sweeps.grow(
        id,
        { idempotencyKey: null, bodyHash: 'body', from: 1, specHashBefore: specHash },
        { spec: {}, specHash: 'grown', priority: 0, growing: true, ...counts, changes: [], notes: [] },
        [],
      );
      expect(kind).toBe('grown');
      const append = (hash: string, some: readonly NewRun[]) =>
        record.store.sweeps.append(id, { from: 1, specHash: hash, runs: some, growing: some.length > 0 });
      expect(await append(specHash, [])).toBe('stale');
      expect(await append(specHash, runs.slice(1))).toBe('stale');
      expect((await record.store.sweeps.growing()).map((sweep) => sweep.id)).toEqual([id]);
      expect(await record.store.read.getSweep(id)).toMatchObject({ runCount: 1 });
      expect(await append('grown', [])).toBe('appended');
      expect(await record.store.reconciler.completeSweeps()).toBe(1);
    });

    it('of a growth are added only to a sweep that is as it was when they were computed', async () => {
      const runs = freshRuns(4);
      const id = await record.submit({ runs: runs.slice(0, 2) });
      const specHash = await specHashOf(id);
      const growth = {
        spec: {},
        specHash: 'grown',
        priority: 0,
        growing: false,
        trialCount: 3,
        runCount: 3,
        addedTrialCount: 1,
      };
      const grow = async (from: number, specHashBefore: string) => {
        const request = { idempotencyKey: null, bodyHash: 'body', from, specHashBefore };
        const answer = await record.store.sweeps.grow(
          id,
          request,
          { ...growth, changes: [], notes: [] },
          runs.slice(2, 3),
        );
        return answer.kind;
      };
      // Further runs were added since, or another growth came before it.
      expect([await grow(1, specHash), await grow(2, 'another')]).toEqual(['stale', 'stale']);
      expect(await record.store.read.getSweep(id)).toMatchObject({ runCount: 2, trialCount: 1 });
      expect([await grow(2, specHash), await grow(2, specHash)].toSorted()).toEqual(['grown', 'stale']);
      expect(await record.store.read.getSweep(id)).toMatchObject({ runCount: 3 });
      await record.store.sweeps.cancel(id);
    });

    it('reopen a sweep that is done, and none that is paused, cancelled or not written down whole', async () => {
      const runs = freshRuns(3);
      const id = await record.submit({ runs: runs.slice(0, 1) });
      await record.succeed(await record.claimOne());
      await record.store.reconciler.completeSweeps();
      const specHash = await specHashOf(id);
      const append = (from: number) =>
        record.store.sweeps.append(id, { from, specHash, runs: runs.slice(from, from + 1), growing: false });
      expect(await append(1)).toBe('appended');
      expect(await sweepState(id)).toBe('active');
      await record.store.sweeps.pause(id);
      expect(await append(2)).toBe('stale');
      await record.store.sweeps.cancel(id);
      expect(await append(2)).toBe('stale');
      const partly = await record.submit({ runs: freshRuns(), sweep: { runCount: 2 } });
      expect(await record.store.sweeps.append(partly, { from: 1, specHash, runs: freshRuns(), growing: false })).toBe(
        'stale',
      );
      await record.store.sweeps.cancel(partly);
    });
  });

  it('a growth larger than a chunk is finished by the expander, and nothing else changes the sweep meanwhile', async () => {
    const runs = freshRuns(4);
    const id = await record.submit({ runs: runs.slice(0, 1) });
    const request = { idempotencyKey: null, bodyHash: 'body', from: 1, specHashBefore: 'spec-hash' };
    const growth = {
      spec: { grown: true },
      specHash: 'grown',
      priority: 2,
      growing: false,
      trialCount: 4,
      runCount: 4,
      addedTrialCount: 3,
      changes: ['more'],
      notes: [],
    };
    expect(
      await record.store.sweeps.grow(id, { ...request, specHashBefore: 'another' }, growth, runs.slice(1, 2)),
    ).toEqual({ kind: 'stale' });
    expect(await record.store.sweeps.grow(id, request, growth, runs.slice(1, 2))).toMatchObject({
      kind: 'grown',
      growth: { addedRunCount: 3, sweep: { state: 'expanding', spec: { grown: true }, runCount: 4, nextIndex: 2 } },
    });
    expect(await record.store.sweeps.expanding()).toMatchObject([{ id, grownFrom: 1 }]);
    expect(await record.store.sweeps.grow(id, { ...request, from: 2, specHashBefore: 'grown' }, growth, [])).toEqual({
      kind: 'conflict',
      state: 'expanding',
    });
    expect(await record.store.sweeps.expand(id, 2, runs.slice(2))).toBe('expanded');
    expect(await sweepState(id)).toBe('active');
    expect((await record.store.sweeps.members(id, 3)).runs.map(({ trialId }) => trialId)).toEqual(
      runs.slice(0, 3).map(({ trialId }) => trialId),
    );
    const claimed = await record.claim({ limit: 5 });
    expect(claimed).toHaveLength(4);
    for (const run of claimed) await record.succeed(run);
  });

  describe('adoption', () => {
    it('a second sweep adopts runs that wait, train, wait for a retry, succeeded or diverged', async () => {
      const runs = freshRuns(5);
      const first = await record.submit({ runs });
      const [succeeded, diverged, retrying, running] = await record.claim({ limit: 4 });
      if (!succeeded || !diverged || !retrying || !running) throw new Error('four runs expected');
      await record.succeed(succeeded);
      await record.store.runs.finish({
        runId: diverged.runId,
        epoch: diverged.epoch,
        outcome: { kind: 'diverged', atImagesSeen: 7, firstBadTensor: 'g.dense0' },
        seconds: 1,
        last: buildReport(diverged),
      });
      const failure = { kind: 'crash', message: 'once' } as const;
      await record.store.runs.fail({
        runId: retrying.runId,
        epoch: retrying.epoch,
        failure,
        exitCode: 1,
        signal: null,
        seconds: 1,
      });
      const answer = await record.store.sweeps.create(buildSweep({ trialCount: 5, runCount: 5, priority: 2 }), runs);
      expect(answer).toMatchObject({ kind: 'created', sweep: { adoptedRunCount: 5, state: 'active' } });
      if (answer.kind !== 'created') return;
      expect(await members(answer.sweep.id)).toEqual(await members(first));
      const [row] = await record.sql<{ priority: number }>('SELECT priority FROM run WHERE uid = $1', [running.runId]);
      expect(row?.priority).toBe(2);
      await record.promoteNow();
      for (const run of [running, ...(await record.claim({ limit: 5 }))]) await record.succeed(run);
      await record.store.reconciler.completeSweeps();
      expect([await sweepState(first), await sweepState(answer.sweep.id)]).toEqual(['done', 'done']);
    });

    it('takes the next replica where the newest one failed, was cancelled or quarantined', async () => {
      const runs = freshRuns(3);
      await record.submit({ runs });
      const [failed, quarantined, cancelled] = await record.claim({ limit: 3 });
      if (!failed || !quarantined || !cancelled) throw new Error('three runs expected');
      const fail = (run: ClaimedRun, kind: 'user' | 'poison') =>
        record.store.runs.fail({
          runId: run.runId,
          epoch: run.epoch,
          failure: { kind, message: kind },
          exitCode: 1,
          signal: null,
          seconds: 1,
        });
      await fail(failed, 'user');
      await fail(quarantined, 'poison');
      await record.store.sweeps.cancelRun(cancelled.runId);
      // Still running, but on its way out: nothing to wait for.
      const second = await record.submit({ runs });
      expect(await members(second)).not.toEqual(
        expect.arrayContaining([failed.runId, quarantined.runId, cancelled.runId]),
      );
      await release(cancelled);
      const replicas = await record.sql(
        'SELECT DISTINCT replica FROM run r JOIN sweep_run m ON m.run_id = r.id JOIN sweep s ON s.id = m.sweep_id WHERE s.uid = $1',
        [second],
      );
      expect(replicas).toEqual([{ replica: 1 }]);
      for (const run of await record.claim({ limit: 5 })) await record.succeed(run);
    });

    it('takes no run of another training version', async () => {
      const runs = freshRuns(1);
      await record.submit({ runs });
      await record.succeed(await record.claimOne());
      const answer = await record.store.sweeps.create(buildSweep({ trainingVersion: 2 }), runs);
      expect(answer).toMatchObject({ kind: 'created', sweep: { adoptedRunCount: 0 } });
      const again = await record.claimOne();
      expect(again).toMatchObject({ epoch: 1, trainingVersion: 2 });
      await record.succeed(again);
    });

    it('reuse: false trains again, and the next sweep adopts the newest', async () => {
      const runs = freshRuns();
      const first = await record.submit({ runs });
      await record.succeed(await record.claimOne());
      const again = await record.submit({ runs, sweep: { reuse: false } });
      expect(await members(again)).not.toEqual(await members(first));
      expect(await members(await record.submit({ runs }))).toEqual(await members(again));
      await record.succeed(await record.claimOne());
      expect(await record.claim()).toEqual([]);
    });

    it('a run that a time limit ended is adopted only under the same limit', async () => {
      const runs = freshRuns();
      const limited = await record.submit({ runs, sweep: { runMinutes: 5 } });
      const run = await record.claimOne();
      expect(run.runMinutes).toBe(5);
      // Not even while it waits or trains: its end would come too early for a sweep without the limit.
      const unlimited = await record.submit({ runs });
      expect(await members(unlimited)).not.toEqual(await members(limited));
      await record.store.sweeps.cancel(unlimited);
      await record.store.runs.finish({
        runId: run.runId,
        epoch: run.epoch,
        outcome: { kind: 'succeeded', atImagesSeen: 3, endedBy: 'budget' },
        seconds: 300,
        last: buildReport(run),
      });
      const otherRuns = freshRuns();
      await record.submit({ runs: otherRuns, sweep: { runMinutes: 5 } });
      const whole = await record.claimOne();
      await record.succeed(whole);
      // Ended by its images, so the limit did not matter.
      expect(await members(await record.submit({ runs: otherRuns }))).toEqual([whole.runId]);
    });

    it('a run ended by its budget is adopted again under the same limit', async () => {
      const runs = freshRuns();
      await record.submit({ runs, sweep: { runMinutes: 5 } });
      const run = await record.claimOne();
      await record.store.runs.finish({
        runId: run.runId,
        epoch: run.epoch,
        outcome: { kind: 'succeeded', atImagesSeen: 3, endedBy: 'budget' },
        seconds: 300,
        last: buildReport(run),
      });
      expect(await members(await record.submit({ runs, sweep: { runMinutes: 5 } }))).toEqual([run.runId]);
      const other = await record.submit({ runs, sweep: { runMinutes: 6 } });
      expect(await members(other)).not.toEqual([run.runId]);
      await record.store.sweeps.cancel(other);
    });

    describe('of a sweep that is judged by a score', () => {
      const judged = (plan: Partial<NewSweep['plan']> = {}): Partial<NewSweep> => ({
        plan: { every: null, samples: 1_000, protocols: ['kid-look/v1'], judgedBy: ['kid-look/v1'], ...plan },
      });
      const scored = (run: ClaimedRun, weights: string, imagesSeen = 100, fakes?: number) =>
        buildReport(run, {
          imagesSeen,
          evaluations: [
            {
              imagesSeen,
              protocol: 'kid-look/v1',
              passport: { extractor: { id: 'look', weights }, fake: { n: fakes } } as unknown as Passport,
              scores: { 'kid-look': 0.5 },
              seconds: 1,
            },
          ],
        });
      const finish = (run: ClaimedRun, last: RunReport) =>
        record.store.runs.finish({
          runId: run.runId,
          epoch: run.epoch,
          outcome: { kind: 'succeeded', atImagesSeen: 100, endedBy: 'images' },
          seconds: 1,
          last,
        });
      const adopts = async (runs: readonly NewRun[], sweep: Partial<NewSweep>): Promise<boolean> => {
        const id = await record.submit({ runs, sweep });
        const [run] = await record.sql<{ adopted: boolean }>(
          'SELECT m.adopted FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id WHERE s.uid = $1',
          [id],
        );
        await record.store.sweeps.cancel(id);
        return run?.adopted ?? false;
      };

      it.each<[string, (run: ClaimedRun) => RunReport, Partial<NewSweep>, boolean]>([
        ['a run without it is trained again', buildReport, judged(), false],
        ['one that has it from its end is adopted', (run) => scored(run, 'a'), judged(), true],
        ['so is one of the same network', (run) => scored(run, 'a'), judged({ extractors: { look: 'a' } }), true],
        ['not one of another network', (run) => scored(run, 'a'), judged({ extractors: { look: 'b' } }), false],
        ['nothing is asked of it where no score is named', buildReport, judged({ judgedBy: [] }), true],
        ['one that has it by as many fakes is adopted', (run) => scored(run, 'a', 100, 1_000), judged(), true],
        ['not one that has it by fewer', (run) => scored(run, 'a', 100, 500), judged(), false],
      ])('%s', async (_, last, sweep, isAdopted) => {
        const runs = freshRuns();
        const first = await record.submit({ runs });
        const run = await record.claimOne();
        await finish(run, last(run));
        expect(await adopts(runs, sweep)).toBe(isAdopted);
        await record.store.sweeps.cancel(first);
      });

      it('not one that lost it on the way', async () => {
        const runs = freshRuns();
        await record.submit({ runs });
        const run = await record.claimOne();
        await record.store.runs.report({ leaseMs: 60_000, runs: [scored(run, 'a', 50)] });
        const other = { ...scored(run, 'a').evaluations[0], protocol: 'density2d/v1', imagesSeen: 100 };
        await finish(run, buildReport(run, { imagesSeen: 100, evaluations: [other as never] }));
        expect(await adopts(runs, judged())).toBe(false);
      });

      it.each<[string, Partial<NewSweep>, { readonly trains: boolean }, Partial<NewSweep>, boolean]>([
        ['one that trains for a sweep that asked for it is adopted', judged(), { trains: true }, judged(), true],
        ['one that trains for others is not', {}, { trains: true }, judged(), false],
        ['one that waits is, since it is asked when it begins', {}, { trains: false }, judged(), true],
        ['nor is one whose fakes are others in number', judged({ samples: 500 }), { trains: false }, judged(), false],
        [
          'but of the plane, where they are always as many, it is',
          judged({ samples: 500 }),
          { trains: false },
          judged({ judgedBy: ['density2d/v1'] }),
          true,
        ],
        [
          'not where a sweep wants it by another network of the name',
          judged({ extractors: { look: 'a' } }),
          { trains: false },
          judged({ extractors: { look: 'b' } }),
          false,
        ],
      ])('%s', async (_, held, { trains }, sweep, isAdopted) => {
        const runs = freshRuns();
        const first = await record.submit({ runs, sweep: held });
        const run = trains ? await record.claimOne() : null;
        expect(await adopts(runs, sweep)).toBe(isAdopted);
        if (run) await finish(run, scored(run, 'a'));
        await record.store.sweeps.cancel(first);
      });
    });

    it('two sweeps submitted at once share each run', async () => {
      const runs = freshRuns(40);
      const sweeps = await Promise.all([1, 2, 3, 4].map(() => record.submit({ runs, trials: 40 })));
      const lists = await Promise.all(sweeps.map(members));
      for (const list of lists) expect(list).toEqual(lists[0]);
      const claimed = await record.claim({ limit: 100 });
      expect(claimed).toHaveLength(40);
      expect(claimed[0]?.plans).toHaveLength(4);
      for (const run of claimed) await record.succeed(run);
    });
  });

  describe('shared runs', () => {
    async function shared(): Promise<{ one: SweepId; two: SweepId; run: ClaimedRun }> {
      const runs = freshRuns();
      const one = await record.submit({ runs, sweep: { priority: 1 } });
      const two = await record.submit({ runs, sweep: { priority: 9 } });
      return { one, two, run: await record.claimOne() };
    }
    const priorityOf = async (run: ClaimedRun) =>
      (await record.sql<{ priority: number }>('SELECT priority FROM run WHERE uid = $1', [run.runId]))[0]?.priority;

    it('goes on while one active sweep holds it, at that sweep’s priority', async () => {
      const { one, two, run } = await shared();
      expect(await priorityOf(run)).toBe(9);
      await record.store.sweeps.cancel(two);
      expect([await request(run), await priorityOf(run)]).toEqual(['continue', 1]);
      await record.succeed(run);
      await record.store.reconciler.completeSweeps();
      expect([await sweepState(one), await sweepState(two)]).toEqual(['done', 'cancelled']);
    });

    it('is scored for a sweep that is paused when it is claimed, which wants no more training of it', async () => {
      const runs = freshRuns();
      const plan = { every: null, samples: 700, protocols: ['kid-random/v1'] } as const;
      const paused = await record.submit({ runs, sweep: { plan } });
      // What only some machines have is not asked of the worker of another sweep.
      const look = { ...plan, protocols: ['kid-look/v1'], extractors: { look: 'a' } } as const;
      const unserved = await record.submit({ runs, sweep: { plan: look } });
      const active = await record.submit({ runs });
      await record.store.sweeps.pause(paused);
      await record.store.sweeps.pause(unserved);
      const run = await record.claimOne();
      expect(run.plans).toHaveLength(2);
      expect(run.plans).toMatchObject([{ ...plan, untilImages: 0 }, {}]);
      expect(run.plans[1]?.untilImages).toBeUndefined();
      await record.store.sweeps.pause(active);
      expect(await request(run)).toBe('release');
      await release(run);
      expect(await record.claim()).toEqual([]);
      for (const sweep of [paused, unserved, active]) await record.store.sweeps.cancel(sweep);
    });

    it('is given back when only paused sweeps hold it, and claimed again after a resume', async () => {
      const { one, two, run } = await shared();
      await record.store.sweeps.pause(one);
      expect(await request(run)).toBe('continue');
      await record.store.sweeps.pause(two);
      expect(await request(run)).toBe('release');
      expect(await release(run)).toBe('recorded');
      expect(await record.stateOf(run.runId)).toBe('queued');
      expect(await record.claim()).toEqual([]);
      expect(await record.store.reconciler.claimable(5)).toEqual([]);
      await record.store.sweeps.resume(one);
      expect(await priorityOf(run)).toBe(2);
      const again = await record.claimOne();
      expect(again.plans.map(({ untilImages }) => untilImages)).toEqual([undefined, 0]);
      await record.succeed(again);
    });

    it('is given back, not cancelled, when one sweep is paused and the other cancelled', async () => {
      const { one, two, run } = await shared();
      await record.store.sweeps.pause(one);
      await record.store.sweeps.cancel(two);
      expect(await request(run)).toBe('release');
      await release(run);
      expect(await record.stateOf(run.runId)).toBe('queued');
      await record.store.sweeps.cancel(one);
      expect(await record.stateOf(run.runId)).toBe('cancelled');
    });

    it('is cancelled when only cancelled sweeps hold it: at once while it waits, by its worker while it trains', async () => {
      const { one, two, run } = await shared();
      await record.store.sweeps.cancel(one);
      await record.store.sweeps.cancel(two);
      expect(await request(run)).toBe('cancel');
      await record.store.runs.finish({
        runId: run.runId,
        epoch: run.epoch,
        outcome: { kind: 'cancelled', atImagesSeen: 5 },
        seconds: 1,
        last: buildReport(run, { imagesSeen: 5 }),
      });
      expect(await record.stateOf(run.runId)).toBe('cancelled');
      const waiting = await record.submit({ runs: freshRuns(2), trials: 2 });
      await record.store.sweeps.cancel(waiting);
      for (const member of await members(waiting)) expect(await record.stateOf(member)).toBe('cancelled');
      expect(await record.store.sweeps.resume(waiting)).toBe('conflict');
    });

    it('a run that another sweep adopted is not lost when its first sweep is cancelled at the same moment', async () => {
      for (let round = 0; round < 5; round++) {
        const runs = freshRuns(10);
        const first = await record.submit({ runs });
        const [second] = await Promise.all([record.submit({ runs }), record.store.sweeps.cancel(first)]);
        const claimed = await record.claim({ limit: 20 });
        expect(claimed.map((run) => run.runId).sort()).toEqual((await members(second)).sort());
        for (const run of claimed) await record.succeed(run);
      }
    });
  });

  describe('one run', () => {
    it('retry starts a failed run again from its checkpoint, or fresh from nothing', async () => {
      const sweep = await record.submit({ runs: freshRuns() });
      const run = await record.claimOne();
      const { runId } = run;
      const checkpoint = { imagesSeen: 30, kind: 'full', artifact: 'k', sha256: 'e'.repeat(64), bytes: 1 } as const;
      await record.store.runs.report({ leaseMs: 60_000, runs: [buildReport(run, { checkpoints: [checkpoint] })] });
      const fail = (each: ClaimedRun) =>
        record.store.runs.fail({
          runId,
          epoch: each.epoch,
          failure: { kind: 'user', message: 'no data' },
          exitCode: 1,
          signal: null,
          seconds: 1,
        });
      expect(await record.store.sweeps.retryRun(runId, false)).toBe('conflict');
      await fail(run);
      await record.store.reconciler.completeSweeps();
      expect(await sweepState(sweep)).toBe('done');
      expect(await record.store.sweeps.retryRun(runId, false)).toBe('ok');
      expect(await sweepState(sweep)).toBe('active');
      const resumed = await record.claimOne();
      expect(resumed).toMatchObject({ runId, epoch: 2, checkpoints: [{ imagesSeen: 30 }] });
      await fail(resumed);
      expect(await record.store.sweeps.retryRun(runId, true)).toBe('ok');
      const fresh = await record.claimOne();
      expect(fresh).toMatchObject({ epoch: 3, checkpoints: [], secondsUsed: 0 });
      await record.succeed(fresh);
      expect(await record.store.sweeps.retryRun(runId, false)).toBe('conflict');
      expect(await record.store.sweeps.retryRun(newId<RunId>(), false)).toBe('not-found');
    });

    it('refuses to retry what only a cancelled sweep names', async () => {
      const sweep = await record.submit({ runs: freshRuns() });
      await record.store.sweeps.cancel(sweep);
      const [runId] = await members(sweep);
      if (!runId) throw new Error('one run expected');
      expect(await record.store.sweeps.retryRun(runId, false)).toBe('conflict');
      const wanted = await record.submit({ runs: freshRuns() });
      const [member] = await members(wanted);
      if (!member) throw new Error('one run expected');
      expect(await record.store.sweeps.cancelRun(member)).toBe('ok');
      expect(await record.store.sweeps.retryRun(member, false)).toBe('ok');
      await record.succeed(await record.claimOne());
      expect(await record.store.sweeps.cancelRun(member)).toBe('conflict');
    });
  });

  describe('deletion', () => {
    it('removes what no other sweep names, and says which files', async () => {
      const [kept, own] = freshRuns(2);
      if (!kept || !own) throw new Error('two runs expected');
      const first = await record.submit({ runs: [kept, own] });
      const second = await record.submit({ runs: [kept] });
      const claimed = await record.claim({ limit: 2 });
      expect(await record.store.sweeps.delete(first)).toEqual({ kind: 'conflict' });
      for (const run of claimed) {
        const { runId, epoch } = run;
        await record.store.runs.report({
          leaseMs: 60_000,
          runs: [
            buildReport(run, {
              imagesSeen: 1,
              checkpoints: [
                { imagesSeen: 1, kind: 'generator', artifact: `${runId}/g`, sha256: 'f'.repeat(64), bytes: 1 },
              ],
              points: [{ name: 'lossD', imagesSeen: 1, value: 1 }],
              samples: [{ imagesSeen: 1, artifact: `${runId}/s` }],
              panels: [{ name: 'd-response', imagesSeen: 1, picture: `${runId}/p`, data: `${runId}/n` }],
              evaluations: [{ imagesSeen: 1, protocol: 'density2d/v1', passport: {}, scores: { js: 1 }, seconds: 1 }],
            }),
          ],
        });
        await record.store.runs.appendLog({ runId, epoch, lines: ['hello'] });
        await record.succeed(run);
      }
      await record.store.reconciler.completeSweeps();
      const [, ownRun] = await members(first);
      const answer = await record.store.sweeps.delete(first);
      expect(answer.kind).toBe('deleted');
      if (answer.kind === 'deleted')
        expect([...answer.artifacts].sort()).toEqual(['g', 'n', 'p', 's'].map((file) => `${ownRun}/${file}`));
      expect(await record.stateOf(ownRun ?? ('' as RunId))).toBe('missing');
      expect(await members(second)).toHaveLength(1);
      expect(await record.sql('SELECT 1 FROM trial WHERE id = $1', [own.trialId])).toEqual([]);
      expect(await record.store.sweeps.delete(first)).toEqual({ kind: 'not-found' });
    });
  });

  it('every change of state leaves an event in the order of commits', async () => {
    const [before] = await record.sql<{ id: number }>('SELECT coalesce(max(id), 0)::int AS id FROM event');
    const sweep = await record.submit({ runs: freshRuns() });
    const run = await record.claimOne();
    await record.succeed(run);
    await record.store.reconciler.completeSweeps();
    const rows = await record.sql<{ type: string; payload: { id: string; state: string; sweeps?: string[] } }>(
      'SELECT type, payload FROM event WHERE id > $1 AND txid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY txid, id',
      [before?.id],
    );
    expect(rows.map(({ type, payload }) => `${type} ${payload.state}`)).toEqual([
      'sweep expanding',
      'sweep active',
      'run running',
      'run succeeded',
      'sweep done',
    ]);
    expect(rows[2]?.payload).toMatchObject({ id: run.runId, sweeps: [sweep] });
  });
});
