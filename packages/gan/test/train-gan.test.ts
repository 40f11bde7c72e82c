import type { Configuration, RealSource } from '@gansweep/domain';
import { type Executor, liveOnnxSessions, onnxExecutor, referenceExecutor } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import {
  CheckpointError,
  decodeCheckpoint,
  encodeCheckpoint,
  type FullCheckpoint,
  planTraining,
  type TrainingEvent,
  trainGan,
} from '../src/index.ts';
import {
  dataOf,
  liveReaders,
  type RunOptions,
  readAhead,
  requestOf,
  roundLaw,
  SGD,
  slowClock,
  smallConvolutional,
  smallImages,
  smallPlane,
  smallStyle,
  smallStyleLike,
  storyOf,
  stripes,
  tell,
  withoutSpeed,
} from './small-runs.ts';

const executor = await onnxExecutor();
const ROUND = roundLaw({ centre: [0.5, -0.3], sigma: 0.4 });

const RUNS: readonly (readonly [string, Configuration, RealSource])[] = [
  ['mlp2d, adam', smallPlane({ dSteps: 2 }), ROUND],
  ['mlp2d, sgd', smallPlane({ ...SGD, lrG: 0.05, lrD: 0.05 }), ROUND],
  ['dcgan, adam', smallImages({ gSteps: 2, weightDecay: 1e-4 }), stripes()],
  ['dcgan, sgd', smallImages({ ...SGD, lrG: 0.05, lrD: 0.05, dSteps: 2 }), stripes({ channels: 3 })],
  ['stylegan3', smallStyleLike('stylegan3', { images: 80 }), stripes({ side: 8 })],
  [
    // 16 px fade in from iteration 10 to 20.
    'stylegan, growing',
    smallStyleLike('stylegan', { images: 120, resolution: 16, progressive: true, growKimg: 0.04 }),
    stripes({ side: 16 }),
  ],
  ['stylegan2, adaptive', smallStyle({ adaTarget: 0.1, adaKimg: 0.5 }), stripes({ side: 8 })],
  ['dcgan, images read ahead', smallImages({ dSteps: 2 }), readAhead(stripes())],
];

const plainRun = (configuration: Configuration, reals: RealSource): RunOptions => {
  const { totalImages } = planTraining(configuration);
  return {
    configuration,
    reals,
    executor,
    evaluateAt: [totalImages / 4, totalImages / 2],
    samplesAt: [totalImages / 3],
  };
};

describe.each(RUNS)('a training of %s', (_, configuration, reals) => {
  const plan = planTraining(configuration);
  const whole = plainRun(configuration, reals);
  let training: ReturnType<typeof tell> | null = null;
  /** The whole training, in calls as long as they are by themselves; trained once. */
  const undisturbed = (): ReturnType<typeof tell> => {
    training ??= tell(whole);
    return training;
  };

  it('does not depend on how iterations are cut into calls', async () => {
    const longCalls = await undisturbed();
    const shortCalls = await tell({ ...whole, seconds: slowClock() });
    expect(storyOf(shortCalls.events)).toEqual(storyOf(longCalls.events));
    expect(shortCalls.end.kind).toBe('succeeded');
    expect(weightsOf(shortCalls.end)).toEqual(weightsOf(longCalls.end));
  });

  it('continues from any checkpoint as if it had never stopped, bit for bit', async () => {
    const calm = await undisturbed();
    // One iteration a call and a checkpoint at every call border.
    const kept: { bytes: Uint8Array; told: number }[] = [];
    const told: TrainingEvent[] = [];
    await tell({ ...whole, seconds: slowClock(), checkpointDue: () => true }, async (event) => {
      if (event.kind === 'checkpoint') kept.push({ bytes: event.bytes, told: told.length });
      else told.push(withoutSpeed(event));
    });
    expect(kept).toHaveLength(plan.iterations - 1);
    for (let i = 0; i < kept.length; i += 17) {
      const { bytes, told: before } = kept[i] as { bytes: Uint8Array; told: number };
      const resumed = await tell({ ...whole, resume: bytes });
      expect(resumed.events[0]).toMatchObject({ kind: 'started', resumedAtImages: (i + 1) * plan.imagesPerIteration });
      expect([...storyOf(told.slice(0, before)), ...storyOf(resumed.events)]).toEqual(storyOf(calm.events));
      expect(weightsOf(resumed.end)).toEqual(weightsOf(calm.end));
    }
  });

  it('stops at a call border when it is told to, and goes on from there', async () => {
    const calm = await undisturbed();
    let resume: Uint8Array | null = null;
    const events: TrainingEvent[] = [];
    let attempts = 0;
    for (;;) {
      let calls = 0;
      const attempt = await tell({
        ...whole,
        resume,
        seconds: slowClock(),
        stop: () => (calls++ < 23 ? 'go-on' : 'stop'),
      });
      attempts += 1;
      events.push(...attempt.events);
      if (attempt.end.kind === 'diverged') throw new Error('diverged');
      if (attempt.end.kind === 'succeeded') {
        expect(weightsOf(attempt.end)).toEqual(weightsOf(calm.end));
        break;
      }
      expect(attempt.end.imagesSeen).toBe(attempts * 23 * plan.imagesPerIteration);
      resume = attempt.end.checkpoint;
    }
    expect(attempts).toBe(Math.ceil(plan.iterations / 23));
    expect(storyOf(events)).toEqual(storyOf(calm.events));
  });

  it('is another one with another seed', async () => {
    const [one, two] = [await undisturbed(), await tell({ ...whole, seed: 2 })];
    expect(storyOf(one.events)).not.toEqual(storyOf(two.events));
  });
});

it('a training shows samples of the same noise for every run of a sweep, whatever its seed, its rates and its widths', async () => {
  /** What G's program was given when the grid of samples was drawn: noise of its input and of its layers. */
  const given = async (request: Parameters<typeof tell>[0]): Promise<readonly (readonly number[])[]> => {
    const inputs: (readonly number[])[] = [];
    const executor: Executor = {
      ...request.executor,
      load: async (program) => {
        const loaded = await request.executor.load(program);
        if (!program.inputs.some(({ name }) => name === 'noise')) return loaded;
        const run = loaded.run.bind(loaded);
        loaded.run = (values, steps) => {
          for (const name of ['noise', 'layerNoise']) if (values[name]) inputs.push([...values[name]]);
          return run(values, steps);
        };
        return loaded;
      },
    };
    await tell({ ...request, executor, samplesAt: [], looksAt: [], evaluateAt: [] });
    return inputs;
  };
  const first = await given({ ...plainRun(smallPlane(), ROUND), seed: 1 });
  expect(first.length).toBeGreaterThan(0);
  expect(await given({ ...plainRun(smallPlane({ lrG: 0.01, widthG: 4 }), ROUND), seed: 2 })).toEqual(first);
  const style = plainRun(smallStyle({ images: 16 }), stripes({ side: 8 }));
  const styled = await given({ ...style, seed: 1 });
  expect(styled).toHaveLength(2);
  expect(await given({ ...style, seed: 2 })).toEqual(styled);
});

/** The final checkpoint but for nothing: at the end no interval is under way, so that all its bytes are determined. */
function weightsOf(end: { kind: string; checkpoint?: Uint8Array; generator?: Uint8Array }): unknown {
  return { checkpoint: end.checkpoint, generator: end.generator };
}

describe('the events of a training', () => {
  // 100 iterations of 8 images: recorded every 2 iterations, that is 16 images.
  const configuration = smallPlane();
  const run: RunOptions = { configuration, reals: ROUND, executor };

  it('begin with the backend in use', async () => {
    const { events } = await tell(run);
    const { name, version, device } = executor;
    expect(events[0]).toEqual({ kind: 'started', backend: { name, version, device }, resumedAtImages: 0 });
  });

  it('record every curve at every border and nowhere else', async () => {
    const { events } = await tell(run);
    const points = events.filter((event) => event.kind === 'points');
    expect(points.map(({ imagesSeen }) => imagesSeen)).toEqual(Array.from({ length: 50 }, (_, i) => 16 * (i + 1)));
    for (const { values } of points) {
      expect(Object.keys(values).sort()).toEqual(
        ['lossD', 'lossG', 'dReal', 'dFake', 'accReal', 'accFake', 'gradNormD', 'gradNormG'].sort(),
      );
      for (const value of Object.values(values)) expect(value).toSatisfy(Number.isFinite);
    }
  });

  it('record the last, shorter interval too', async () => {
    const { events, end } = await tell({ ...run, configuration: smallPlane({ images: 83 * 8 + 1 }) });
    const seen = events.flatMap((event) => (event.kind === 'points' ? [event.imagesSeen] : []));
    expect(seen.slice(-2)).toEqual([84 * 8 - 16, 84 * 8]);
    expect(end).toMatchObject({ kind: 'succeeded', imagesSeen: 84 * 8 });
    const odd = await tell({ ...run, configuration: smallPlane({ images: 85 * 8 }) });
    const odds = odd.events.flatMap((event) => (event.kind === 'points' ? [event.imagesSeen] : []));
    expect(odds.slice(-2)).toEqual([84 * 8, 85 * 8]);
  });

  it('average over all iterations of the interval', async () => {
    const fine = await tell({ ...run, configuration: smallPlane({ images: 240 }) });
    const coarse = await tell({ ...run, configuration: smallPlane({ images: 800 }) });
    const lossOf = (events: readonly TrainingEvent[]): number[] =>
      events.flatMap((event) => (event.kind === 'points' ? [event.values.lossD as number] : []));
    // The first 30 iterations are the same ones: recorded one by one in the short run, by twos in the long one.
    const single = lossOf(fine.events);
    expect(single).toHaveLength(30);
    lossOf(coarse.events)
      .slice(0, 15)
      .forEach((value, i) => {
        expect(value).toBe(((single[2 * i] as number) + (single[2 * i + 1] as number)) / 2);
      });
  });

  it('give speed and waiting by the clock alone', async () => {
    let now = 0;
    const training = trainGan(
      requestOf({
        ...run,
        seconds: () => {
          now += 0.25;
          return now;
        },
      }),
    );
    const told: (readonly [number | undefined, number | undefined])[] = [];
    for (let next = await training.next(); !next.done; next = await training.next())
      if (next.value.kind === 'points') told.push([next.value.values.imagesPerSecond, next.value.values.dataWait]);
    // Every call is a quarter second of waiting for its inputs and a quarter second of steps. The first has one iteration,
    // as the length of one is not known yet, and so has the second, which ends the interval: two calls for 16 images.
    expect(told[0]).toEqual([16, 0.5]);
    expect(new Set(told.slice(1).map(([, wait]) => wait))).toEqual(new Set([0.5]));
  });

  it('draw samples and ask for evaluations at the first border at or past their target, and at the end', async () => {
    const { events } = await tell({ ...run, evaluateAt: [1, 16, 17, 100, 5_000], samplesAt: [64] });
    const at = (kind: TrainingEvent['kind']): number[] =>
      events.flatMap((event) => (event.kind === kind && 'imagesSeen' in event ? [event.imagesSeen] : []));
    expect(at('evaluation-due')).toEqual([16, 32, 112, 800]);
    expect(at('samples')).toEqual([64, 800]);
    // A checkpoint follows every evaluation, so that a resumed run does not repeat it; the end has its own.
    expect(at('checkpoint')).toEqual([16, 32, 112]);
  });

  it('draw the fixed noise with 2,000 points or 64 images (dcgan-lab: 196), the same noise every time', async () => {
    const { events } = await tell({ ...run, configuration: smallPlane({ lrG: 0 }), samplesAt: [400] });
    const [half, end] = events.flatMap((event) => (event.kind === 'samples' ? [event.samples] : []));
    expect(half).toMatchObject({ kind: 'points', count: 2_000 });
    expect(half && end && dataOf(half)).toEqual(end && dataOf(end));
    const images = await tell({ configuration: smallImages(), reals: stripes({ channels: 3 }), executor });
    const [grid] = images.events.flatMap((event) => (event.kind === 'samples' ? [event.samples] : []));
    expect(grid).toMatchObject({ kind: 'images', count: 64, height: 16, width: 16, channels: 3 });
    const lab = smallConvolutional({ model: 'dcgan-lab', resolution: 32, images: 8, ngf: 1, ndf: 1 });
    const { events: ofLab } = await tell({ configuration: lab, reals: stripes({ side: 32 }), executor });
    expect(ofLab.flatMap((event) => (event.kind === 'samples' ? [event.samples.count] : [])).at(-1)).toBe(196);
  });

  it('evaluate G as it is at that moment', async () => {
    const drawn: number[][] = [];
    await tell({ ...run, evaluateAt: [160] }, async (event) => {
      if (event.kind === 'evaluation-due')
        drawn.push(Array.from((await event.generator.draw({ count: 3, seed: 5 })).data));
    });
    expect(drawn).toHaveLength(2);
    expect(drawn[0]).not.toEqual(drawn[1]);
  });

  it('leave no native session behind, also when the consumer walks away', async () => {
    const before = liveOnnxSessions();
    await tell(run);
    const training = trainGan(requestOf(run));
    await training.next();
    await training.next();
    expect(liveOnnxSessions()).toBeGreaterThan(before);
    await training.return({ kind: 'diverged', imagesSeen: 0, firstBadTensor: '' });
    expect(liveOnnxSessions()).toBe(before);
  });

  it('leave no reader of images behind, also when the consumer walks away or a checkpoint is refused', async () => {
    const images: RunOptions = { configuration: smallImages(), reals: readAhead(stripes()), executor };
    await tell(images);
    const training = trainGan(requestOf(images));
    await training.next();
    expect(liveReaders()).toBe(1);
    await training.return({ kind: 'diverged', imagesSeen: 0, firstBadTensor: '' });
    await expect(tell({ ...images, resume: new Uint8Array(9) })).rejects.toThrow(CheckpointError);
    expect(liveReaders()).toBe(0);
  });

  it('end with what the reader says where it fails', async () => {
    const reals = readAhead(stripes(), { failAt: 40 });
    await expect(tell({ configuration: smallImages(), reals, executor })).rejects.toThrow('the file is gone');
    expect(liveReaders()).toBe(0);
  });
});

it.each([
  ['Adam', {}],
  ['Adam with a freeze rule', { freezeRatio: 0.5 }],
  ['SGD', SGD],
])('a training that grows by %s goes on from every new side as if its optimisers had never run', async (_, change) => {
  const configuration = smallStyleLike('stylegan', {
    images: 64,
    resolution: 16,
    progressive: true,
    growKimg: 0.02,
    r1Interval: 1,
    ...change,
  } as Parameters<typeof smallStyleLike>[1]);
  const run: RunOptions = { configuration, reals: stripes({ side: 16 }), executor };
  const kept: Uint8Array[] = [];
  const { end } = await tell({ ...run, seconds: slowClock(), checkpointDue: () => true }, async (event) => {
    if (event.kind === 'checkpoint') kept.push(event.bytes);
  });
  // 16 px come in with iteration 5; a training of before with vectors of another past would end elsewhere if it read them.
  const before = decodeCheckpoint(kept[4] as Uint8Array) as FullCheckpoint;
  expect(before.iteration).toBe(5);
  const vectors = Object.keys(before.tensors).filter((name) => /^[muvc][A-Z]$/.test(name));
  expect(vectors.length).toBeGreaterThan(1);
  const forgotten = Object.fromEntries(
    vectors.map((name) => [name, new Float32Array(before.tensors[name]?.length ?? 0)]),
  );
  const resume = encodeCheckpoint({ ...before, tensors: { ...before.tensors, ...forgotten } });
  const endsAs = async (from: Uint8Array): Promise<boolean> => {
    const resumed = (await tell({ ...run, resume: from })).end;
    if (end.kind === 'diverged' || resumed.kind === 'diverged') throw new Error('diverged');
    return Buffer.from(resumed.checkpoint).equals(end.checkpoint);
  };
  expect(await endsAs(resume)).toBe(true);
  const earlier = decodeCheckpoint(kept[3] as Uint8Array) as FullCheckpoint;
  const wrong = encodeCheckpoint({ ...earlier, tensors: { ...earlier.tensors, ...forgotten } });
  expect(await endsAs(wrong)).toBe(false);
});

describe('a network that is never updated', () => {
  const curves = async (change: { dSteps?: number; gSteps?: number }): Promise<string[]> => {
    const { events, end } = await tell({ configuration: smallPlane(change), reals: ROUND, executor });
    expect(end).toMatchObject({ kind: 'succeeded', imagesSeen: 800 });
    return Object.keys(events.find((event) => event.kind === 'points')?.values ?? {}).sort();
  };

  it('has no curves of loss and gradient; images are counted all the same', async () => {
    const scores = ['accFake', 'accReal', 'dFake', 'dReal'];
    expect(await curves({ dSteps: 0 })).toEqual([...scores, 'gradNormG', 'lossG']);
    expect(await curves({ gSteps: 0 })).toEqual([...scores, 'gradNormD', 'lossD']);
    expect(await curves({ dSteps: 0, gSteps: 0 })).toEqual(scores);
  });
});

describe('a training that diverges', () => {
  /** A law whose points are `value` in one update of D. */
  const spoiltAt = (update: number, value: number): RealSource => ({
    kind: 'plane',
    draw: (seed, draw, out) => {
      ROUND.draw(seed, draw, out);
      if (draw === update) out.fill(value);
    },
  });

  it.each([
    // Infinite reals: the first tensor that they reach.
    ['reals that are infinite', smallPlane(), spoiltAt(7, Infinity), 8 * 8, 'D.dense1 output on reals'],
    // A linear D on huge reals: logits of 1e38 are finite, their sum over the batch is not.
    ['a loss that overflows', smallPlane({ layersD: 0 }), spoiltAt(3, 1e38), 4 * 8, 'lossD'],
    // A learning rate beyond float32 makes infinite weights of finite gradients.
    ['weights that overflow', smallPlane({ lrD: 1e39 }), ROUND, 8, 'D.dense1.weight'],
    ['weights of G that overflow', smallImages({ lrG: 1e39 }), stripes(), 4, 'G.block1.conv.weight'],
  ] as const)(
    'by %s ends at the images seen and names the first bad tensor',
    async (_, configuration, reals, at, name) => {
      for (const seconds of [() => 0, slowClock()]) {
        const { events, end } = await tell({ configuration, reals, executor, seconds });
        expect(end).toEqual({ kind: 'diverged', imagesSeen: at, firstBadTensor: name });
        for (const event of events)
          if (event.kind === 'points')
            for (const value of Object.values(event.values)) expect(value).toSatisfy(Number.isFinite);
      }
    },
  );

  // The second iteration of a call among them, whose state has to be made again before it is looked at.
  it.each([
    [1e3, 2],
    [1e10, 2],
    [1e11, 2],
    [1e20, 1],
  ])('by the learning rate %f names a tensor, the same however calls are cut', async (lr, seed) => {
    const run = { configuration: smallPlane({ ...SGD, lrG: lr, lrD: lr }), seed, reals: ROUND, executor };
    const { end } = await tell(run);
    if (end.kind !== 'diverged') throw new Error(`ended as ${end.kind}`);
    expect(end.firstBadTensor).toMatch(/^(loss[DG]|[DG]\.dense[123](\.(weight|bias)( gradient)?| output.*))$/);
    expect(end.imagesSeen).toBeLessThanOrEqual(10 * 8);
    expect((await tell({ ...run, seconds: slowClock() })).end).toEqual(end);
  });

  it('records the good iterations of the interval it ends in', async () => {
    // Intervals of two iterations; the sixth iteration, second of the third interval, is bad.
    const { events } = await tell({ configuration: smallPlane(), reals: spoiltAt(5, Number.NaN), executor });
    expect(events.flatMap((event) => (event.kind === 'points' ? [event.imagesSeen] : []))).toEqual([16, 32, 40]);
  });

  it('does so on the reference executor too', async () => {
    const { end } = await tell({
      configuration: smallPlane(),
      reals: spoiltAt(6, Infinity),
      executor: referenceExecutor(),
    });
    expect(end).toEqual({ kind: 'diverged', imagesSeen: 56, firstBadTensor: 'D.dense1 output on reals' });
  });
});

describe('a checkpoint of another run', () => {
  const run: RunOptions = { configuration: smallPlane(), reals: ROUND, executor };
  const stopped = async (): Promise<Uint8Array> => {
    const { end } = await tell({ ...run, stop: () => 'stop' });
    if (end.kind === 'diverged') throw new Error('diverged');
    return end.checkpoint;
  };

  it.each<[string, Partial<RunOptions>]>([
    ['seed', { seed: 2 }],
    ['configuration', { configuration: smallPlane({ lrG: 2e-3 }) }],
  ])('is refused: other %s', async (_, change) => {
    await expect(tell({ ...run, ...change, resume: await stopped() })).rejects.toThrow(CheckpointError);
  });

  it('is taken when only the order of the configuration’s keys differs', async () => {
    const reordered = Object.fromEntries(Object.entries(smallPlane()).reverse()) as unknown as Configuration;
    const { end } = await tell({ ...run, configuration: reordered, resume: await stopped() });
    expect(end.kind).toBe('succeeded');
  });

  it('is refused where a tensor is missing or of another length', async () => {
    const checkpoint = decodeCheckpoint(await stopped()) as FullCheckpoint;
    const { mG, ...others } = checkpoint.tensors;
    for (const tensors of [others, { ...others, mG: (mG as Float32Array).slice(1) }])
      await expect(tell({ ...run, resume: encodeCheckpoint({ ...checkpoint, tensors }) })).rejects.toThrow(
        /tensor mG has (0|113) elements instead of 114/,
      );
  });

  it('is refused where it holds a generator alone', async () => {
    const { end } = await tell({ ...run, stop: () => 'stop' });
    if (end.kind === 'diverged') throw new Error('diverged');
    await expect(tell({ ...run, resume: end.generator })).rejects.toThrow(/from a full checkpoint/);
  });
});

describe('learning', () => {
  it('finds the centre and the width of a round law', async () => {
    const configuration = smallPlane({ batch: 64, images: 64 * 2_500, widthG: 16, widthD: 16, lrG: 2e-3, lrD: 2e-3 });
    let points = new Float32Array();
    await tell({ configuration, reals: ROUND, executor }, async (event) => {
      if (event.kind === 'evaluation-due') {
        const samples = await event.generator.draw({ count: 4_000, seed: 1 });
        if (samples.kind === 'points') points = Float32Array.from(samples.data);
      }
    });
    for (const [axis, centre] of [
      [0, 0.5],
      [1, -0.3],
    ] as const) {
      const values = Array.from({ length: 4_000 }, (_, i) => points[2 * i + axis] as number);
      const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
      const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
      expect(Math.abs(mean - centre)).toBeLessThan(0.15);
      expect(deviation).toBeGreaterThan(0.2);
      expect(deviation).toBeLessThan(0.6);
    }
  });
});
