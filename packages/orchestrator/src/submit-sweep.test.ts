import { DATA_HASHES, type SweepId, TRAINING_VERSION } from '@gansweep/domain';
import { expect, it } from 'vitest';
import type { NewRun, NewSweep, RegisteredFolder, SweepLedger } from './ports.ts';
import { EXPANSION_CHUNK } from './reconcile.ts';
import { previewSweep, runsOfSpec, submitSweep } from './submit-sweep.ts';
import { NO_TRAINERS } from './trainer-registry.ts';

/** 20,000 runs: more than one transaction takes. */
const LARGE = {
  version: 1,
  name: 'large',
  method: 'grid',
  seeds: 2,
  priority: 3,
  evaluation: { every: 3_200, samples: 500 },
  budget: { runMinutes: 5 },
  parameters: {
    model: { value: 'mlp2d' },
    dataset: { value: 'ring8' },
    images: { value: 6_400 },
    lrG: { values: Array.from({ length: 100 }, (_, i) => (i + 1) / 1e5) },
    nz: { values: Array.from({ length: 100 }, (_, i) => i + 1) },
  },
};

/** A ledger that keeps what it is given. */
function keepingLedger(answer: 'created' | 'existing' | 'key-reused' = 'created') {
  const kept: { sweep: NewSweep; runs: readonly NewRun[] }[] = [];
  const ledger = {
    create: async (sweep: NewSweep, runs: readonly NewRun[]) => {
      kept.push({ sweep, runs });
      if (answer === 'key-reused') return { kind: answer };
      return { kind: answer, sweep: { ...sweep, state: 'expanding', adoptedRunCount: 0, nextIndex: runs.length } };
    },
  } as unknown as SweepLedger;
  return { ledger, kept };
}

const NO_FOLDERS = { newest: async () => [] };

const submission = (spec: unknown) => ({
  spec: { text: JSON.stringify(spec), format: 'json' as const },
  idempotencyKey: 'key',
  newId: '017f22e2-79b0-7cc3-98c4-dc0c0c07398f' as SweepId,
});

it('stores what the spec says with the first chunk of its runs', async () => {
  const { ledger, kept } = keepingLedger();
  const submitted = await submitSweep(submission(LARGE), { sweeps: ledger, folders: NO_FOLDERS });
  expect(submitted).toMatchObject({ ok: true, value: { created: true, sweep: { runCount: 20_000 } } });
  const [stored] = kept;
  expect(stored?.sweep).toMatchObject({
    name: 'large',
    trialCount: 10_000,
    runCount: 20_000,
    priority: 3,
    reuse: true,
    runMinutes: 5,
    plan: { every: 3_200, samples: 500, judgedBy: ['density2d/v1'] },
    idempotencyKey: 'key',
    trainingVersion: TRAINING_VERSION,
  });
  expect(stored?.runs).toHaveLength(EXPANSION_CHUNK);
  expect(stored?.runs[0]).toMatchObject({ index: 0, dataHash: DATA_HASHES.ring8, configuration: { images: 6_400 } });
});

it('is judged by the score that stops its trials, too', async () => {
  const { ledger, kept } = keepingLedger();
  const stopping = { type: 'asha', metric: 'hq', goal: 'maximize', min_images: 1_280 };
  await submitSweep(submission({ ...LARGE, early_terminate: stopping }), { sweeps: ledger, folders: NO_FOLDERS });
  expect(kept[0]?.sweep.plan.judgedBy).toEqual(['density2d/v1', 'modes2d/v1']);
});

it('asks adopted runs for every protocol that the spec names', async () => {
  const { ledger, kept } = keepingLedger();
  const protocols = ['density2d/v1', 'points2d/v1'];
  await submitSweep(submission({ ...LARGE, evaluation: { ...LARGE.evaluation, protocols } }), {
    sweeps: ledger,
    folders: NO_FOLDERS,
  });
  expect(kept[0]?.sweep.plan.judgedBy).toEqual(protocols);
});

it('asks them for none that only some of its data sets have', async () => {
  const { ledger, kept } = keepingLedger();
  const mixed = {
    name: 'mixed',
    method: 'grid',
    parameters: { model: { values: ['mlp2d', 'dcgan'] }, dataset: { values: ['ring8', 'mnist'] } },
    zip: [['model', 'dataset']],
    evaluation: { protocols: ['density2d/v1', 'kid-lenet/v1'] },
  };
  await submitSweep(submission(mixed), { sweeps: ledger, folders: NO_FOLDERS });
  expect(kept[0]?.sweep.plan).toMatchObject({ protocols: ['density2d/v1', 'kid-lenet/v1'], judgedBy: [] });
});

it('makes the same runs again from the stored spec, where the expander goes on', async () => {
  const { ledger, kept } = keepingLedger();
  await submitSweep(submission(LARGE), { sweeps: ledger, folders: NO_FOLDERS });
  const document = JSON.parse(JSON.stringify(kept[0]?.sweep.spec));
  expect(runsOfSpec(document, [], { from: 0, count: 50 })).toEqual(kept[0]?.runs.slice(0, 50));
  const last = runsOfSpec(document, [], { from: 19_990, count: 100 });
  expect(last.map(({ index }) => index)).toEqual(Array.from({ length: 10 }, (_, i) => 19_990 + i));
});

it('tells a repeated submission from a new one, and a used key from both', async () => {
  expect(
    await submitSweep(submission(LARGE), { sweeps: keepingLedger('existing').ledger, folders: NO_FOLDERS }),
  ).toMatchObject({
    value: { created: false },
  });
  expect(
    await submitSweep(submission(LARGE), { sweeps: keepingLedger('key-reused').ledger, folders: NO_FOLDERS }),
  ).toEqual({
    ok: false,
    error: { kind: 'key-reused' },
  });
});

it('asks the record nothing for a bad spec', async () => {
  const { ledger, kept } = keepingLedger();
  const refused = await submitSweep(submission({ ...LARGE, methd: 'grid' }), { sweeps: ledger, folders: NO_FOLDERS });
  expect(refused).toMatchObject({ ok: false, error: { kind: 'bad-spec', problems: [{ path: 'methd' }] } });
  expect(kept).toEqual([]);
});

it('takes bodies for the same only when they are, letter by letter', async () => {
  const { ledger, kept } = keepingLedger();
  const text = JSON.stringify(LARGE);
  for (const spec of [
    { text, format: 'json' },
    { text, format: 'json' },
    { text: `${text} `, format: 'json' },
  ] as const)
    await submitSweep({ ...submission(LARGE), spec }, { sweeps: ledger, folders: NO_FOLDERS });
  const [first, second, third] = kept.map(({ sweep }) => sweep.bodyHash);
  expect(second).toBe(first);
  expect(third).not.toBe(first);
});

it('estimates a sweep from the speed of recorded runs, and says when there are none', async () => {
  const { spec } = submission(LARGE);
  const known = await previewSweep(spec, {
    read: { speedOf: async () => ({ secondsPerImage: 0.001, runs: 7 }) },
    folders: NO_FOLDERS,
  });
  expect(known).toMatchObject({
    value: { runCount: 20_000, estimatedCost: { images: 128_000_000, seconds: 128_000, basedOnRuns: 7 } },
  });
  expect(known.ok && known.value.configurations).toHaveLength(20);
  const unknown = await previewSweep(spec, { read: { speedOf: async () => null }, folders: NO_FOLDERS });
  expect(unknown).toMatchObject({ value: { estimatedCost: { seconds: null, basedOnRuns: 0 } } });
});

it('takes the content of a registered folder into each run, and refuses one that is not registered', async () => {
  const faces: RegisteredFolder = {
    id: 'folder:faces',
    dataHash: 'f'.repeat(64),
    root: '/data/faces',
    channels: 3,
    background: [255, 255, 255],
    classes: ['happy', 'sad'],
    classesFrom: 'folders',
    excluded: [],
    count: 500,
    number: 2,
    registeredAt: '2026-01-01T00:00:00.000Z',
  };
  const spec = {
    name: 'faces',
    method: 'grid',
    parameters: {
      dataset: { value: 'folder:faces' },
      resolution: { value: 64 },
      classes: { values: ['happy', 'all'] },
    },
  };
  const { ledger, kept } = keepingLedger();
  const known = { sweeps: ledger, folders: { newest: async () => [faces] } };
  expect(await submitSweep(submission(spec), known)).toMatchObject({ ok: true });
  expect(kept[0]?.runs.map(({ dataHash }) => dataHash)).toEqual([faces.dataHash, faces.dataHash]);
  expect(await submitSweep(submission(spec), { sweeps: ledger, folders: NO_FOLDERS })).toMatchObject({
    error: {
      problems: [
        { path: 'parameters.dataset', message: 'folder:faces is not registered: run `gansweep dataset add faces DIR`' },
      ],
    },
  });
  const angry = { ...spec, parameters: { ...spec.parameters, classes: { value: 'happy,angry' } } };
  expect(await submitSweep(submission(angry), known)).toMatchObject({
    error: {
      problems: [{ path: 'parameters.classes', message: expect.stringContaining('has no class angry; did you mean') }],
    },
  });
  const told = {
    ...spec,
    parameters: {
      ...spec.parameters,
      model: { value: 'cdcgan' },
      resolution: { value: 32 },
      classes: { value: 'all' },
    },
  };
  const plain = { newest: async () => [{ ...faces, classes: null }] };
  expect(await submitSweep(submission(told), { sweeps: ledger, folders: plain })).toMatchObject({
    error: { problems: [{ path: 'parameters.dataset', message: expect.stringContaining('cdcgan is told classes') }] },
  });
  expect(kept).toHaveLength(1);
});

it('judges colour sets by mobilenet where that is registered and the spec says nothing of scores', async () => {
  const spec = {
    name: 'colours',
    method: 'grid',
    evaluation: { samples: 500 },
    parameters: { dataset: { value: 'fractal' }, model: { value: 'dcgan' } },
  };
  const weights = 'b'.repeat(64);
  const judged = async (changes: object, ...names: readonly string[]) => {
    const { ledger, kept } = keepingLedger();
    const known = {
      trainers: NO_TRAINERS,
      extractors: { newest: () => names.map((name) => ({ name, weights, isInception: false })) },
    };
    const answer = await submitSweep(
      submission({ ...spec, ...changes }),
      { sweeps: ledger, folders: NO_FOLDERS },
      known,
    );
    expect(answer).toMatchObject({ ok: true });
    return { plan: kept[0]?.sweep.plan, spec: kept[0]?.sweep.spec };
  };
  expect(await judged({}, 'mobilenet')).toMatchObject({
    plan: {
      protocols: ['fd-mobilenet/v1', 'kid-mobilenet/v1', 'prdc-mobilenet/v1'],
      samples: 500,
      extractors: { mobilenet: weights },
    },
    // Written down, so that another machine, or a later time, reads the same sweep.
    spec: {
      metric: { name: 'kid-mobilenet' },
      evaluation: { protocols: ['fd-mobilenet/v1', 'kid-mobilenet/v1', 'prdc-mobilenet/v1'] },
    },
  });
  const byRandom = { plan: { protocols: ['fd-random/v1', 'kid-random/v1', 'prdc-random/v1'] } };
  expect(await judged({}, 'vgg16')).toMatchObject(byRandom);
  expect(await judged({ metric: { name: 'kid-random' } }, 'mobilenet')).toMatchObject(byRandom);
  const swd = { metric: { name: 'swd' }, evaluation: { protocols: ['swd/v1'] } };
  expect(await judged(swd, 'mobilenet')).toMatchObject({ plan: { protocols: ['swd/v1'] } });
  const digits = { parameters: { ...spec.parameters, dataset: { value: 'mnist' } } };
  expect(await judged(digits, 'mobilenet')).toMatchObject({
    plan: { protocols: ['fd-lenet/v1', 'kid-lenet/v1', 'prdc-lenet/v1'] },
  });
});

it('keeps the weights of a registered extractor in the spec, and refuses what is not registered with the command', async () => {
  const spec = {
    name: 'vgg',
    method: 'grid',
    metric: { name: 'kid-vgg16' },
    parameters: { dataset: { value: 'mnist' }, model: { value: 'dcgan' } },
    evaluation: { protocols: ['kid-vgg16/v1', 'kid-lenet/v1'] },
  };
  const weights = 'b'.repeat(64);
  const at = (...names: readonly string[]) => ({
    trainers: NO_TRAINERS,
    extractors: { newest: () => names.map((name) => ({ name, weights, isInception: false })) },
  });
  const { ledger, kept } = keepingLedger();
  const where = { sweeps: ledger, folders: NO_FOLDERS };
  expect(await submitSweep(submission(spec), where, at('vgg16'))).toMatchObject({ ok: true });
  expect(kept[0]?.sweep.spec).toMatchObject({ evaluation: { extractors: { vgg16: weights } } });
  expect(kept[0]?.sweep.plan).toMatchObject({ extractors: { vgg16: weights } });
  const problemsOf = async (changes: object, ...names: readonly string[]) => {
    const answer = await submitSweep(submission({ ...spec, ...changes }), where, at(...names));
    return !answer.ok && answer.error.kind === 'bad-spec' ? answer.error.problems : [];
  };
  expect(await problemsOf({}, 'vgg19')).toEqual([
    {
      path: 'evaluation.protocols[0]',
      message:
        'no extractor vgg16 is registered here: take one of vgg19, or gansweep extractor add FILE.onnx --name vgg16, on the API and on the workers',
    },
  ]);
  const other = { ...spec.evaluation, extractors: { vgg16: 'c'.repeat(64) } };
  expect(await problemsOf({ evaluation: other }, 'vgg16')).toMatchObject([{ path: 'evaluation.extractors.vgg16' }]);
  const fid = { metric: { name: 'fid' }, evaluation: { protocols: ['fid/v1'] } };
  expect(await problemsOf(fid, 'inception')).toMatchObject([{ message: expect.stringContaining('cannot be shipped') }]);
  expect(await problemsOf({ evaluation: { protocols: ['kid-lenet/v1'] } }, 'vgg16')).toMatchObject([
    { path: 'metric.name', message: expect.stringContaining('add kid-vgg16/v1 to evaluation.protocols') },
  ]);
});
