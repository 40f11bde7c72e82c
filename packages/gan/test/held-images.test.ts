import type { Configuration, ImageReals } from '@gansweep/domain';
import { type Executor, onnxExecutor, packedExecutor, referenceExecutor, tensorflowExecutor } from '@gansweep/program';
import { describe, expect, inject, it } from 'vitest';
import { iterationInputs } from '../src/index.ts';
import {
  roundLaw,
  smallConditional,
  smallImages,
  smallPlane,
  storyOf,
  stripes,
  tell,
  withClasses,
} from './small-runs.ts';

const IMAGES: ImageReals = { ...stripes({ count: 13, channels: 3 }), content: 'stripes' };
const BYTES = 13 * 16 * 16 * 3;
const TENSORFLOW_HERE = inject('tensorflow');

/** The executor, which counts how often its programs were given images and positions. */
function watched(executor: Executor): { readonly executor: Executor; readonly given: Set<string> } {
  const given = new Set<string>();
  const load: Executor['load'] = async (program) => {
    for (const { name } of program.inputs) if (name === 'real' || name === 'positions') given.add(name);
    return executor.load(program);
  };
  return { executor: { ...executor, load }, given };
}

async function trained(
  executor: Executor,
  configuration: Configuration,
  reals: ImageReals,
  seed = 1,
): Promise<unknown> {
  const { events, end } = await tell({
    ...{ configuration, reals, executor, seed, evaluateAt: [], samplesAt: [] },
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  });
  if (end.kind === 'diverged') return end;
  return { story: storyOf(events), checkpoint: Buffer.from(end.checkpoint).toString('hex') };
}

const EXECUTORS: readonly (readonly [string, () => Promise<readonly [streams: Executor, holds: Executor]>])[] = [
  ['the reference', async () => [referenceExecutor(), { ...referenceExecutor(), heldBytes: BYTES }]],
  ['ONNX Runtime', async () => [await onnxExecutor(), { ...(await onnxExecutor()), heldBytes: BYTES }]],
  ...(TENSORFLOW_HERE === null
    ? []
    : [
        [
          'TensorFlow',
          async () =>
            [
              await tensorflowExecutor({ ...TENSORFLOW_HERE, heldBytes: 0 }),
              await tensorflowExecutor({ ...TENSORFLOW_HERE, heldBytes: BYTES }),
            ] as const,
        ] as const,
      ]),
];
if (TENSORFLOW_HERE === null)
  it.skip('TensorFlow was not run: it is not installed here (npm run gansweep -- backend install tensorflow)', () => {});

const AT = ['positions'];
/** Some whose losses need gradients with respect to real images; the penalty of R1 is a program of its own, which is given its batch. */
const RUNS: readonly (readonly [string, Configuration, ImageReals, held: readonly string[]])[] = [
  ['dcgan with two updates of D and mirrored images', smallImages({ images: 48, dSteps: 2, mirror: true }), IMAGES, AT],
  [
    'a gradient penalty between real and generated images',
    smallImages({ images: 32, loss: 'wgan-gp', gpWeight: 10 }),
    IMAGES,
    AT,
  ],
  [
    'R1 every second iteration, of mirrored images and two updates of D',
    smallImages({ images: 48, r1Gamma: 1, r1Interval: 2, dSteps: 2, mirror: true }),
    IMAGES,
    ['positions', 'real'],
  ],
  ['a diverging run', smallImages({ images: 32, lrG: 1e30, lrD: 1e30 }), IMAGES, AT],
];

describe.each(EXECUTORS)('a program of %s that holds the images of its set', (_, open) => {
  it.each(RUNS)('trains %s to the same bits as one that is given them', async (_, configuration, reals, asked) => {
    const [streams, holds] = (await open()).map(watched) as [ReturnType<typeof watched>, ReturnType<typeof watched>];
    const held = await trained(holds.executor, configuration, reals);
    expect(held).toEqual(await trained(streams.executor, configuration, reals));
    expect([[...streams.given], [...holds.given]]).toEqual([['real'], asked]);
  });

  it('trains lanes of a pack to the same bits', async () => {
    const both = (await open()).map((executor) => watched(executor));
    const runs = both.map(({ executor }) => {
      const packed = packedExecutor(executor, { lanes: 2 });
      const change = { images: 64, batch: 16 };
      return Promise.all([
        trained(packed, smallImages(change), IMAGES, 1),
        trained(packed, smallImages({ ...change, lrD: 5e-4 }), IMAGES, 2),
      ]);
    });
    const [streamed, held] = await Promise.all(runs);
    expect(held).toEqual(streamed);
    expect(both.map(({ given }) => [...given])).toEqual([['real'], ['positions']]);
  });
});

it('two sets of one shape are told apart by their content', async () => {
  const holds = { ...referenceExecutor(), heldBytes: BYTES };
  const other: ImageReals = {
    ...IMAGES,
    content: 'other',
    copy: (positions, out) =>
      IMAGES.copy(
        positions.map((position) => 12 - position),
        out,
      ),
  };
  const configuration = smallImages({ images: 16 });
  const [first, second] = [await trained(holds, configuration, IMAGES), await trained(holds, configuration, other)];
  expect(second).toEqual(await trained(referenceExecutor(), configuration, other));
  expect(second).not.toEqual(first);
});

it.each([
  ['a set larger than what may be held', smallImages({ images: 8 }), IMAGES, BYTES - 1],
  ['a set that nobody vouches for', smallImages({ images: 8 }), stripes({ channels: 3 }), BYTES],
])('%s is given batch by batch', async (_, configuration, reals, heldBytes) => {
  const { executor, given } = watched({ ...referenceExecutor(), heldBytes });
  await trained(executor, configuration, reals);
  expect([...given]).toEqual(['real']);
});

it('positions are those of the images, and classes go with them', () => {
  const reals = withClasses(stripes({ count: 7, side: 32 }));
  const configuration = smallConditional({ dSteps: 2 });
  const given = iterationInputs(configuration, 1, reals).forIterations(3, 2);
  const { positions, ...rest } = iterationInputs(configuration, 1, reals, { held: true }).forIterations(3, 2);
  const { real, ...others } = given;
  const found = new Uint8Array((real as Uint8Array).length);
  reals.copy(Uint32Array.from(positions as Int32Array), found);
  expect(found).toEqual(real);
  expect(rest).toEqual(others);
  expect(
    iterationInputs(smallPlane(), 1, roundLaw({ centre: [0, 0], sigma: 1 })).forIterations(0, 1),
  ).not.toHaveProperty('positions');
});
