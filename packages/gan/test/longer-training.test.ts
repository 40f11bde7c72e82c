import type { Configuration, RealSource } from '@gansweep/domain';
import { onnxExecutor, wasmExecutor } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import {
  CheckpointError,
  decodeCheckpoint,
  encodeCheckpoint,
  type FullCheckpoint,
  planTraining,
  type TrainingEvent,
  trainGan,
  unfitToContinue,
} from '../src/index.ts';
import {
  requestOf,
  roundLaw,
  slowClock,
  smallPlane,
  smallStyle,
  smallStyleLike,
  storyOf,
  stripes,
  type Told,
  tell,
} from './small-runs.ts';

const executor = wasmExecutor();
const convolving = await onnxExecutor();
const ROUND = roundLaw({ centre: [0.5, -0.3], sigma: 0.4 });

const checkpointOf = ({ end }: Told): Uint8Array => {
  if (end.kind === 'diverged') throw new Error('diverged');
  return end.checkpoint;
};
const from = (events: readonly TrainingEvent[], images: number): readonly TrainingEvent[] =>
  events.filter((event) => !('imagesSeen' in event) || event.imagesSeen > images);

describe.each<[string, Configuration, number, RealSource]>([
  ['at a border of both', smallPlane({ images: 8 * 80 }), 8 * 160, ROUND],
  ['amid an interval of the longer one', smallPlane({ images: 8 * 83 }), 8 * 210, ROUND],
  ['amid an interval of both', smallPlane({ images: 8 * 165 + 3, dSteps: 1 }), 8 * 201, ROUND],
  ['with penalties every third iteration', smallStyle({ images: 4 * 11 }), 4 * 85, stripes({ side: 8 })],
  [
    'while a network grows',
    smallStyleLike('stylegan', { images: 28, resolution: 16, progressive: true, growKimg: 0.016 }),
    48,
    stripes({ side: 16 }),
  ],
])('a longer run continues a shorter one that ended %s', (_, configuration, images, reals) => {
  const longer = { ...configuration, images };
  const run = {
    reals,
    executor: reals.kind === 'plane' ? executor : convolving,
    // What is due at the very end of the shorter run comes at the longer one's next border.
    evaluateAt: [images / 4, planTraining(configuration).totalImages, (3 * images) / 4],
    samplesAt: [images / 3],
  };

  it('as one long run would have gone on, bit for bit', async () => {
    const whole = await tell({ ...run, configuration: longer });
    const resume = checkpointOf(await tell({ ...run, configuration }));
    const { totalImages } = planTraining(configuration);
    const continued = await tell({ ...run, configuration: longer, resume, seconds: slowClock() });
    expect(continued.events[0]).toMatchObject({ kind: 'started', resumedAtImages: totalImages });
    expect(storyOf(continued.events)).toEqual(storyOf(from(whole.events, totalImages)));
    expect(Buffer.from(checkpointOf(continued)).equals(checkpointOf(whole))).toBe(true);
  });
});

const SHORT = smallPlane({ images: 8 * 83 });
const LONG = { ...SHORT, images: 8 * 210 };
const run = { reals: ROUND, executor };

it('a longer run continues from any checkpoint of a shorter one, and when it is stopped early itself', async () => {
  const kept: { imagesSeen: number; bytes: Uint8Array }[] = [];
  await tell({ ...run, configuration: SHORT, seconds: slowClock(), checkpointDue: () => true }, async (event) => {
    if (event.kind === 'checkpoint') kept.push(event);
  });
  const whole = await tell({ ...run, configuration: LONG });
  for (const { imagesSeen, bytes } of kept.filter((_, i) => i % 27 === 4)) {
    let calls = 0;
    const stop = (): 'go-on' | 'stop' => (calls++ < 2 ? 'go-on' : 'stop');
    const first = await tell({ ...run, configuration: LONG, resume: bytes, seconds: slowClock(), stop });
    const second = await tell({ ...run, configuration: LONG, resume: checkpointOf(first) });
    expect(storyOf([...first.events, ...second.events])).toEqual(storyOf(from(whole.events, imagesSeen)));
    expect(Buffer.from(checkpointOf(second)).equals(checkpointOf(whole))).toBe(true);
  }
});

it('the first interval of a longer run is as fast as its own part of it', async () => {
  const resume = checkpointOf(await tell({ ...run, configuration: SHORT }));
  const speeds: (number | undefined)[] = [];
  const training = trainGan(requestOf({ ...run, configuration: LONG, resume, seconds: slowClock() }));
  for (let next = await training.next(); !next.done; next = await training.next())
    if (next.value.kind === 'points') speeds.push(next.value.values.imagesPerSecond);
  // A call of one iteration is twenty seconds.
  expect(new Set(speeds)).toEqual(new Set([8 / 20]));
});

it('a checkpoint is refused where the longer run would not have come by it', async () => {
  const checkpoint = decodeCheckpoint(checkpointOf(await tell({ ...run, configuration: SHORT }))) as FullCheckpoint;
  const { recent: _, ...old } = checkpoint;
  const unfit = (
    configuration: Configuration,
    { seed = 1, of = checkpoint }: { seed?: number; of?: FullCheckpoint } = {},
  ) => unfitToContinue(of, { configuration, seed });
  expect(unfit(LONG)).toBeNull();
  expect(unfit(LONG, { seed: 2 })).toMatch(/another run/);
  const { lrSchedule: __, ...stored } = SHORT;
  expect(unfit(SHORT, { of: { ...checkpoint, configuration: stored as Configuration } })).toBeNull();
  expect(unfit({ ...LONG, lrG: 0.5 })).toMatch(/another run/);
  expect(unfit({ ...SHORT, images: 8 * 40 })).toMatch(/another run/);
  const stepped = { lrSchedule: 'step', lrStepFirst: 0.5, lrStepSecond: 0.75 } as const;
  const scheduled = { ...checkpoint, configuration: { ...SHORT, ...stepped } };
  expect(unfit({ ...LONG, ...stepped }, { of: scheduled })).toMatch(/lrSchedule/);
  // 83 iterations end amid an interval of five, and at a border of a run that records each of them.
  expect(unfit(LONG, { of: old })).toMatch(/earlier version/);
  expect(unfit({ ...SHORT, images: 8 * 84 }, { of: { ...old, iteration: 82 } })).toBeNull();
  await expect(tell({ ...run, configuration: LONG, resume: encodeCheckpoint(old) })).rejects.toThrow(CheckpointError);
});
