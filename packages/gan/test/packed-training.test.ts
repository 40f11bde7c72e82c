import type { Configuration, RealSource } from '@gansweep/domain';
import { type Executor, liveOnnxSessions, onnxExecutor, packedExecutor, referenceExecutor } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  planTraining,
  type TrainingEnd,
  type TrainingEvent,
} from '../src/index.ts';
import {
  type RunOptions,
  roundLaw,
  smallImages,
  smallPlane,
  smallStyle,
  smallStyleLike,
  storyOf,
  stripes,
  type Told,
  tell,
} from './small-runs.ts';

const ROUND = roundLaw({ centre: [0.5, -0.3], sigma: 0.4 });
const PLANES: readonly Configuration[] = [
  smallPlane({ images: 320 }),
  smallPlane({ images: 320, lrG: 3e-3, lrD: 1e-4, beta1G: 0.9, beta1D: 0.8, adamEps: 1e-6 }),
  smallPlane({ images: 320, weightDecay: 1e-3, realLabel: 0.9, fakeLabel: 0.1, noise: 'uniform' }),
];
const TRICKY: readonly Configuration[] = [
  smallPlane({ images: 320, labelNoise: 0.1, freezeRatio: 0.9, instanceNoise: 0.1 }),
  smallPlane({ images: 320, labelNoise: 0.3, freezeRatio: 1.9, instanceNoise: 0.5, realLabel: 0.9 }),
];
const PENALISED: readonly Configuration[] = [
  smallPlane({ images: 320, loss: 'wgan-gp', gpWeight: 10, lrSchedule: 'step', lrStepFirst: 0.5, lrStepSecond: 1 }),
  smallPlane({ images: 640, loss: 'wgan-gp', gpWeight: 1, lrSchedule: 'step', lrStepFirst: 0.2, lrStepSecond: 0.4 }),
];
const IMAGES: readonly Configuration[] = [
  smallImages({ images: 40 }),
  smallImages({ images: 40, lrD: 5e-4, beta2: 0.99, noise: 'spherical' }),
];

const STYLES: readonly Configuration[] = [
  smallStyle({ images: 24, adaTarget: 0.2, adaKimg: 0.1 }),
  smallStyle({
    images: 24,
    adaTarget: 0.5,
    adaKimg: 0.2,
    styleMixing: 0.2,
    ema: 0.5,
    truncation: 0.6,
    lrG: 3e-3,
    r1Gamma: 0.1,
    pathLengthWeight: 1,
  }),
];

/** 16 px come in after 8 images, a quarter with each 2. The one waits for its evaluation while the other goes on, so later their sides differ. */
const GROWN = { resolution: 16, progressive: true, growKimg: 0.008, batch: 2 } as const;
const GROWING: readonly Configuration[] = [
  smallStyleLike('stylegan', { ...GROWN, images: 12 } as Growing),
  smallStyleLike('stylegan', { ...GROWN, images: 16, lrG: 3e-3, styleMixing: 0.3 } as Growing),
];
type Growing = Parameters<typeof smallStyleLike>[1];

const told = ({ events, end }: Told): unknown => ({ story: storyOf(events), end: endOf(end) });
const endOf = (end: TrainingEnd): unknown =>
  end.kind === 'diverged'
    ? end
    : { kind: end.kind, checkpoint: Buffer.from(end.checkpoint).toString('hex'), generator: [...end.generator] };
const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const run = (
  configuration: Configuration,
  reals: RealSource,
  { executor, seed, ...rest }: { readonly executor: Executor; readonly seed: number } & Partial<RunOptions>,
): RunOptions => {
  const { totalImages } = planTraining(configuration);
  return {
    configuration,
    reals,
    executor,
    seed,
    evaluateAt: [totalImages / 2],
    samplesAt: [totalImages / 4],
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    ...rest,
  };
};

describe.each([
  ['mlp2d', PLANES, ROUND],
  ['mlp2d with tricks of their own strength', TRICKY, ROUND],
  ['mlp2d with penalties and schedules of their own', PENALISED, ROUND],
  ['dcgan', IMAGES, stripes()],
  ['stylegan2', STYLES, stripes({ side: 8 })],
  ['stylegan that grows', GROWING, stripes({ side: 16 })],
] as const)('runs of %s in one pack', (_, configurations, reals) => {
  it('have the curves, samples, checkpoints and ends of their solo runs, to the last bit by the reference', async () => {
    const packed = packedExecutor(referenceExecutor(), { lanes: 4 });
    const together = await Promise.all(
      configurations.map((configuration, i) =>
        // Evaluations take their time, and not all lanes evaluate.
        tell(run(configuration, reals, { executor: packed, seed: i + 1 }), async (event: TrainingEvent) => {
          if (event.kind === 'evaluation-due' && i !== 1) await later();
        }),
      ),
    );
    for (const [i, configuration] of configurations.entries()) {
      expect(told(together[i] as Told)).toEqual(
        told(await tell(run(configuration, reals, { executor: referenceExecutor(), seed: i + 1 }))),
      );
      // As far as 10 and 14 images, seen before the last iteration, bring 16 px in.
      if (configurations === GROWING) expect(presenceAtEnd(together[i] as Told)).toEqual([0.25, 0.75][i]);
    }
  });
});

/** How far the last side of a growing run has come in, by its checkpoint: the last of either network's statistics. */
function presenceAtEnd({ end }: Told): unknown {
  if (end.kind === 'diverged') return end;
  const { sG, sD } = decodeCheckpoint(end.checkpoint).tensors;
  const [inG, inD] = [sG?.at(-1), sD?.at(-1)];
  return inG === inD ? inG : [inG, inD];
}

it('one lane diverges, one is stopped, one resumes: each is what it would be alone, and so are the others', async () => {
  const [first, second, third] = PLANES as [Configuration, Configuration, Configuration];
  const wild = smallPlane({ images: 320, lrG: 1e30, lrD: 1e30 });
  const stopping = (): Partial<RunOptions> => {
    let asked = 0;
    return { stop: () => (++asked > 12 ? 'stop' : 'go-on') };
  };
  const solo = referenceExecutor();
  const resumed = await tell(run(third, ROUND, { executor: solo, seed: 3, ...stopping() }));
  if (resumed.end.kind === 'diverged') throw new Error('the first part diverged');
  const resume = resumed.end.checkpoint;
  const options = [
    (executor: Executor) => run(first, ROUND, { executor, seed: 1 }),
    (executor: Executor) => run(wild, ROUND, { executor, seed: 2 }),
    (executor: Executor) => run(second, ROUND, { executor, seed: 4, ...stopping() }),
    (executor: Executor) => run(third, ROUND, { executor, seed: 3, resume }),
  ];
  const packed = packedExecutor(referenceExecutor(), { lanes: 4 });
  const together = await Promise.all(options.map((of) => tell(of(packed))));
  for (const [i, of] of options.entries()) expect(told(together[i] as Told)).toEqual(told(await tell(of(solo))));
  expect(together.map(({ end }) => end.kind)).toEqual(['succeeded', 'diverged', 'stopped', 'succeeded']);
});

/** A story without the norms of gradients, in its points and in what the checkpoint recorded last. */
function withoutNorms({ events, end }: Told): Told {
  return {
    end: end.kind === 'diverged' ? end : { ...end, checkpoint: checkpointWithoutNorms(end.checkpoint) },
    events: events.map((event) => {
      if (event.kind !== 'points') return event;
      const { gradNormD: _, gradNormG: __, ...values } = event.values;
      return { ...event, values };
    }),
  };
}

function checkpointWithoutNorms(bytes: Uint8Array): Uint8Array {
  const checkpoint = decodeCheckpoint(bytes);
  if (checkpoint.kind !== 'full' || !checkpoint.recent) throw new Error('a training ends with a full checkpoint');
  const { gradNormD: _, gradNormG: __, ...recorded } = checkpoint.recent.recorded;
  return encodeCheckpoint({ ...checkpoint, recent: { ...checkpoint.recent, recorded } });
}

// Its sums over a row begin at vectors of the machine, not of the row, so a norm's last bits depend on the lane's place;
// norms are watched only. Where a lane's tensors fill whole vectors, as with this batch, nothing else does.
it('by ONNX Runtime a run has the same weights and losses to the bit whoever shares its pack', async () => {
  const before = liveOnnxSessions();
  const configurations = PLANES.map((configuration) => ({ ...configuration, batch: 16 }));
  const packed = packedExecutor(await onnxExecutor(), { lanes: 4 });
  const together = await Promise.all(
    configurations.map((configuration, i) => tell(run(configuration, ROUND, { executor: packed, seed: i + 1 }))),
  );
  for (const [i, configuration] of configurations.entries())
    expect(told(withoutNorms(together[i] as Told))).toEqual(
      told(withoutNorms(await tell(run(configuration, ROUND, { executor: packed, seed: i + 1 })))),
    );
  expect(liveOnnxSessions()).toBe(before);
});
