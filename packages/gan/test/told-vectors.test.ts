import { type Configuration, EVALUATION_SEED, type ImageReals } from '@gansweep/domain';
import { onnxExecutor } from '@gansweep/program';
import { expect, it } from 'vitest';
import { decodeCheckpoint } from '../src/checkpoint.ts';
import { loadCritic } from '../src/critic.ts';
import { createStepProgram, networksOf, openGenerator, shapeOf, trainGan } from '../src/index.ts';
import {
  smallConditional,
  smallDenseConditional,
  smallStyle,
  smallStyleLike,
  stripes,
  withClasses,
  withVectors,
} from './small-runs.ts';

const executor = await onnxExecutor();
const reals = withVectors(stripes({ side: 32, count: 9 }));
const shape = shapeOf(reals);
const TOLD_VECTORS = { configuration: smallConditional({ images: 40 }), reals };
const TOLD_STYLE = { images: 40, conditionG: true, conditionD: true } as const;
const tiny = stripes({ side: 8, count: 9 });

/** Trains to the end, in one go or stopped after the first call and resumed. */
async function trained(
  stops: boolean,
  { configuration, reals }: { readonly configuration: Configuration; readonly reals: ImageReals } = TOLD_VECTORS,
) {
  const request = {
    configuration,
    seed: 5,
    reals,
    executor,
    resume: null as Uint8Array | null,
    evaluateAt: [],
    samplesAt: [],
    checkpointDue: () => false,
    stop: () => 'go-on' as 'go-on' | 'stop',
    seconds: () => 0,
  };
  const endOf = async (from: typeof request) => {
    const events = trainGan(from);
    for (let next = await events.next(); ; next = await events.next()) if (next.done) return next.value;
  };
  const first = stops ? await endOf({ ...request, stop: () => 'stop' }) : null;
  if (first && first.kind !== 'stopped') throw new Error(first.kind);
  const end = await endOf({ ...request, resume: first?.checkpoint ?? null });
  if (end.kind !== 'succeeded') throw new Error(end.kind);
  return end;
}

it('a run that is told vectors goes on from a checkpoint to the same bits, and never changes what it is told', async () => {
  const [whole, resumed] = [await trained(false), await trained(true)];
  expect(Buffer.compare(Buffer.from(whole.generator), Buffer.from(resumed.generator))).toBe(0);
  expect(decodeCheckpoint(whole.checkpoint).tensors.told).toEqual(reals.vectors);
});

it('its generator draws without the data, another image for another vector and the same for the same', async () => {
  const { generator } = await trained(false);
  await using opened = await openGenerator(generator, executor);
  const told = (of: (sample: number) => number) => opened.draw({ count: 2, seed: EVALUATION_SEED, classOf: of });
  const [one, again, other] = [await told(() => 3), await told(() => 3), await told(() => 4)];
  expect(again.data).toEqual(one.data);
  expect(other.data).not.toEqual(one.data);
});

it('networks take as many numbers as a vector has; without conditionD D takes none and judges alike whatever it is told', async () => {
  const width = (
    name: string,
    configuration: ReturnType<typeof smallDenseConditional>,
  ): readonly number[] | undefined => {
    const { generator, discriminator } = networksOf(configuration, shape);
    const network = name.startsWith('G') ? generator : discriminator;
    return network.parameters.find((parameter) => parameter.name === name.slice(2))?.shape;
  };
  const weights = networksOf(smallDenseConditional(), shape).generator.parameters.map(({ name }) => name);
  const own = weights.find((name) => name.startsWith('class.') && name.includes('weight')) ?? '';
  expect(width(`G:${own}`, smallDenseConditional())?.[0]).toBe(3);
  expect(width(`D:${own}`, smallDenseConditional())?.[0]).toBe(3);
  expect(width(`D:${own}`, smallDenseConditional({ conditionD: false }))).toBeUndefined();
  for (const conditionD of [true, false]) {
    const configuration = smallDenseConditional({ conditionD });
    const tensors = createStepProgram(configuration, shape).initialState(1, reals.vectors);
    await using critic = await loadCritic(configuration, shape, executor);
    const samples = Float32Array.from({ length: 2 * 1024 }, (_, i) => Math.sin(i));
    const [first, second] = [
      await critic.judge(tensors, { samples, classes: [0, 1] }),
      await critic.judge(tensors, { samples, classes: [5, 6] }),
    ];
    if (conditionD) expect(second).not.toEqual(first);
    else expect(second).toEqual(first);
  }
});

it.each([
  // With penalties on D, whose reals have classes, and on G, whose classes are drawn.
  ['stylegan2, classes', { configuration: smallStyle(TOLD_STYLE), reals: withClasses(tiny) }],
  ['stylegan, vectors', { configuration: smallStyleLike('stylegan', TOLD_STYLE), reals: withVectors(tiny) }],
] as const)(
  '%s: a StyleGAN goes on from a checkpoint to the same bits, and draws another image for another one',
  async (_, told) => {
    const [whole, resumed] = [await trained(false, told), await trained(true, told)];
    expect(Buffer.compare(Buffer.from(whole.generator), Buffer.from(resumed.generator))).toBe(0);
    await using opened = await openGenerator(whole.generator, executor);
    const drawn = (of: number) => opened.draw({ count: 2, seed: EVALUATION_SEED, classOf: () => of });
    const [one, again, other] = [await drawn(0), await drawn(0), await drawn(2)];
    expect(again.data).toEqual(one.data);
    expect(other.data).not.toEqual(one.data);
  },
);

it.each([true, false])(
  'D of a StyleGAN whose conditionD is %s judges by what it is told, or not',
  async (conditionD) => {
    const configuration = smallStyle({ ...TOLD_STYLE, conditionD });
    const shape = shapeOf(withClasses(tiny));
    const tensors = createStepProgram(configuration, shape).initialState(1);
    await using critic = await loadCritic(configuration, shape, executor);
    const samples = Float32Array.from({ length: 2 * 64 }, (_, i) => Math.sin(i));
    const [first, second] = [
      await critic.judge(tensors, { samples, classes: [0, 1] }),
      await critic.judge(tensors, { samples, classes: [2, 2] }),
    ];
    if (conditionD) expect(second).not.toEqual(first);
    else expect(second).toEqual(first);
  },
);

it('does not begin without them', () => {
  expect(() => createStepProgram(smallConditional(), shape).initialState(1)).toThrow('needs the vectors of its reals');
});
