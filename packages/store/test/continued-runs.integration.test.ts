import type { RunId, SweepId } from '@gansweep/domain';
import type { ClaimedRun, NewRun } from '@gansweep/orchestrator';
import { buildReport, buildRuns } from '@gansweep/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRecord, type Record } from './open-record.ts';

let record: Record;
beforeAll(async () => {
  record = await openRecord();
});
afterAll(() => record[Symbol.asyncDispose]());

let trials = 0;
const fresh = (images: number): NewRun => buildRuns({ firstTrial: trials++, images })[0] as NewRun;

/** Files that a run keeps at so many images. */
const filesAt = (runId: RunId, images: number) => [`${runId}/${images}.full`, `${runId}/${images}.png`];

/** Trains a claimed run to its end, with a point, a score, a grid, a panel and a checkpoint at each of `at`. */
async function train(run: ClaimedRun, at: readonly number[]): Promise<void> {
  for (const imagesSeen of at) {
    const [artifact = '', grid = ''] = filesAt(run.runId, imagesSeen);
    const report = buildReport(run, {
      imagesSeen,
      points: [{ name: 'lossD', imagesSeen, value: imagesSeen }],
      evaluations: [{ imagesSeen, protocol: 'density2d/v1', passport: {}, scores: { js: 1 / imagesSeen }, seconds: 2 }],
      samples: [{ imagesSeen, artifact: grid }],
      panels: [{ name: 'd-response', imagesSeen, picture: `${grid}-p`, data: `${grid}-n` }],
      findings: [{ name: 'collapse', imagesSeen, evidence: {} }],
      checkpoints: [{ imagesSeen, kind: 'full', artifact, sha256: 'a'.repeat(64), bytes: 1 }],
    });
    await record.store.runs.report({ leaseMs: 60_000, runs: [report] });
  }
  await record.succeed(run, at.at(-1) ?? 0);
}

/** A sweep whose run saw 100 images, and what it grows by: one run of 200. */
async function grown(): Promise<{
  id: SweepId;
  short: ClaimedRun;
  longer: NewRun;
  add: () => Promise<void>;
}> {
  const id = await record.submit({ runs: [fresh(100)] });
  // Its first attempt left a point and a score, and no checkpoint: they do not count.
  const { runId, epoch, ...first } = await record.claimOne();
  const lost = buildReport(
    { runId, epoch, ...first },
    {
      imagesSeen: 40,
      points: [{ name: 'lossD', imagesSeen: 40, value: -1 }],
      evaluations: [{ imagesSeen: 40, protocol: 'density2d/v1', passport: {}, scores: { js: -1 }, seconds: 2 }],
    },
  );
  await record.store.runs.report({ leaseMs: 60_000, runs: [lost] });
  await record.store.runs.release({ runId, epoch, reason: 'drain', seconds: 1 });
  const short = await record.claimOne();
  await train(short, [40, 70, 100]);
  await record.store.reconciler.completeSweeps();
  const { runs } = await record.store.sweeps.members(id, 1);
  expect(runs).toMatchObject([{ runId: short.runId, seed: 1, extent: 'whole' }]);
  const longer = { ...fresh(200), index: 1, continues: short.runId };
  const growth = {
    spec: {},
    specHash: 'grown',
    priority: 0,
    growing: false,
    trialCount: 2,
    runCount: 2,
    addedTrialCount: 1,
    changes: [],
    notes: [],
  };
  const request = { idempotencyKey: null, bodyHash: 'b', from: 1, specHashBefore: 'spec-hash' };
  const add = async (): Promise<void> => {
    expect(await record.store.sweeps.grow(id, request, growth, [longer])).toMatchObject({ kind: 'grown' });
  };
  return { id, short, longer, add };
}

it('with its first claim a longer run takes over what the shorter one recorded, and goes on from its checkpoint', async () => {
  const { short, add } = await grown();
  await add();
  const run = await record.claimOne();
  expect(run.epoch).toBe(1);
  expect(run.checkpoints.map(({ imagesSeen, inherited, artifact }) => [imagesSeen, inherited, artifact])).toEqual(
    [100, 70, 40].map((at) => [at, true, filesAt(short.runId, at)[0]]),
  );
  const history = await record.store.runs.history({ runId: run.runId, epoch: run.epoch, names: ['lossD'] });
  expect(history.map(({ value }) => value)).toEqual([40, 70, 100]);
  const { runId, epoch } = run;
  expect(await record.store.runs.scores({ runId, epoch })).toEqual(
    [40, 70, 100].map((imagesSeen) => ({ name: 'js', imagesSeen, value: 1 / imagesSeen })),
  );
  expect(await record.store.runs.scores({ runId, epoch: 0 as typeof epoch })).toEqual([]);
  // Its detectors look at what it took over, so what they find there counts; points of before do not count twice.
  await record.store.runs.report({
    leaseMs: 60_000,
    runs: [
      buildReport(run, {
        imagesSeen: 100,
        start: { backend: { name: 'onnx', version: '1', device: 'cpu' }, resumedAtImages: 100 },
        points: [{ name: 'lossD', imagesSeen: 100, value: -1 }],
        findings: [{ name: 'd-dominance', imagesSeen: 70, evidence: {} }],
      }),
    ],
  });
  await train(run, [150, 200]);
  const view = await record.store.read.getRun(run.runId);
  expect(view).toMatchObject({
    state: 'succeeded',
    continues: short.runId,
    cost: { seconds: 1, evaluationSeconds: 4 },
  });
  expect(
    view?.attempts.map(({ epoch, endedAs, resumedAtImages, imagesSeen }) => [
      epoch,
      endedAs,
      resumedAtImages,
      imagesSeen,
    ]),
  ).toEqual([
    [0, 'inherited', 0, 100],
    [1, 'finished', 100, 200],
  ]);
  expect(view?.findings.map(({ name, imagesSeen }) => [name, imagesSeen])).toEqual([
    ['d-dominance', 70],
    ['collapse', 150],
  ]);
  expect(
    (await record.store.read.evaluations(run.runId)).map(({ imagesSeen, scores }) => [imagesSeen, scores.js]),
  ).toEqual([40, 70, 100, 150, 200].map((at) => [at, 1 / at]));
  const curves = await record.sql<{ images: number; value: number }>(
    'SELECT m.images_seen::int AS images, m.value FROM canonical_metric m JOIN run r ON r.id = m.run_id WHERE r.uid = $1 ORDER BY 1',
    [run.runId],
  );
  expect(curves.map(({ images, value }) => [images, value])).toEqual([40, 70, 100, 150, 200].map((at) => [at, at]));
  for (const kept of [await record.store.read.samples(run.runId), await record.store.read.panels(run.runId)])
    expect(kept.map(({ imagesSeen }) => imagesSeen)).toEqual([40, 70, 100, 150, 200]);
  expect(await record.store.reconciler.audit()).toEqual({});
  // Two seconds for 100 images of the shorter run, one for the 100 that the longer one trained.
  expect(await record.store.read.speedOf('mlp2d', 'ring8')).toEqual({ secondsPerImage: 0.015, runs: 2 });
});

it('a checkpoint that it took over is forgotten, and its file stays with the run that made it', async () => {
  const { add } = await grown();
  await add();
  const run = await record.claimOne();
  const { runId, epoch } = run;
  for (const imagesSeen of [120, 140, 160]) {
    const [artifact = ''] = filesAt(runId, imagesSeen);
    const checkpoints = [{ imagesSeen, kind: 'full' as const, artifact, sha256: 'a'.repeat(64), bytes: 1 }];
    await record.store.runs.report({ leaseMs: 60_000, runs: [buildReport(run, { imagesSeen, checkpoints })] });
  }
  // Of six the last two are kept, and the best of those with a score.
  expect(await record.store.runs.pruneCheckpoints({ runId, epoch })).toEqual([filesAt(runId, 120)[0]]);
  const left = (await record.store.read.checkpoints(runId)).map(({ imagesSeen }) => imagesSeen);
  expect(left).toEqual([100, 140, 160]);
  await record.succeed(run, 200);
});

it.each(['before its first claim', 'after it'])(
  'a run whose shorter one was deleted with its sweep %s goes on all the same, and the last sweep takes the files',
  async (when) => {
    const { id, short, longer, add } = await grown();
    await add();
    // Another sweep wants the longer run alone.
    const other = await record.submit({
      runs: [{ ...longer, index: 0, continues: undefined }],
      sweep: { priority: 9 },
    });
    const early = when === 'after it' ? await record.claimOne() : null;
    await record.store.sweeps.cancel(id);
    const answer = await record.store.sweeps.delete(id);
    expect(answer).toEqual({ kind: 'deleted', artifacts: [] });
    expect(await record.stateOf(short.runId)).toBe('missing');
    const run = early ?? (await record.claimOne());
    expect(run.checkpoints[0]).toMatchObject({ imagesSeen: 100, artifact: filesAt(short.runId, 100)[0] });
    await train(run, [200]);
    expect((await record.store.read.evaluations(run.runId)).map(({ imagesSeen }) => imagesSeen)).toEqual([
      40, 70, 100, 200,
    ]);
    expect(await record.store.reconciler.audit()).toEqual({});
    await record.store.reconciler.completeSweeps();
    const rest = await record.store.sweeps.delete(other);
    if (rest.kind !== 'deleted') throw new Error(rest.kind);
    expect(rest.artifacts).toEqual(expect.arrayContaining([40, 70, 100].flatMap((at) => filesAt(short.runId, at))));
    expect(rest.artifacts).toEqual(expect.arrayContaining(filesAt(run.runId, 200)));
  },
);

it('of two sweeps whose runs name the same files the first one to go leaves them', async () => {
  const { id, short, longer, add } = await grown();
  await add();
  const other = await record.submit({ runs: [{ ...longer, index: 0, continues: undefined }] });
  await train(await record.claimOne(), [200]);
  await record.store.reconciler.completeSweeps();
  // The longer run is the other sweep's as well, the shorter one this sweep's alone.
  expect(await record.store.sweeps.delete(other)).toEqual({ kind: 'deleted', artifacts: [] });
  const answer = await record.store.sweeps.delete(id);
  if (answer.kind !== 'deleted') throw new Error(answer.kind);
  expect(answer.artifacts).toEqual(expect.arrayContaining(filesAt(short.runId, 100)));
});

it.each(['begun', 'not begun'])('retried from nothing, a run that had %s takes nothing over', async (was) => {
  const { id, add } = await grown();
  await add();
  const { runs } = await record.store.sweeps.members(id, 2);
  const runId = runs[1]?.runId as RunId;
  if (was === 'begun') {
    const { epoch } = await record.claimOne();
    const failure = { kind: 'user' as const, message: 'm' };
    await record.store.runs.fail({ runId, epoch, failure, exitCode: 1, signal: null, seconds: 1 });
  } else await record.store.sweeps.cancelRun(runId);
  expect(await record.store.sweeps.retryRun(runId, true)).toBe('ok');
  const again = await record.claimOne();
  expect([again.runId, again.checkpoints]).toEqual([runId, []]);
  await train(again, [200]);
  expect((await record.store.read.evaluations(runId)).map(({ imagesSeen }) => imagesSeen)).toEqual([200]);
  const attempts = (await record.store.read.getRun(runId))?.attempts.map(({ endedAs }) => endedAs);
  expect(attempts).toEqual(was === 'begun' ? ['inherited', 'failed', 'finished'] : ['finished']);
});
