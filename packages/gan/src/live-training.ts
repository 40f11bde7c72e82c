import { type CurveName, type Mlp2dConfiguration, type PlaneReals, STREAMS } from '@gansweep/domain';
import type { Executor } from '@gansweep/program/browser';
import { loadCritic } from './critic.ts';
import { firstBadTensor } from './first-bad-tensor.ts';
import { iterationInputs } from './iteration-inputs.ts';
import { planTraining, type TrainingPlan } from './plan-training.ts';
import { programOf } from './program-library.ts';
import { addUp, goodIterations, type IntervalSums, meansOf } from './recording-interval.ts';
import { loadSampler } from './sampler.ts';
import { createStepProgram, initialState } from './step-program.ts';

/** What a recording interval came to, as `trainGan` yields it. */
export interface LivePoint {
  readonly imagesSeen: number;
  readonly values: Readonly<Partial<Record<CurveName, number>>>;
}

/** How a call of `advance` went; `point` where it reached a recording border. */
export type Advance =
  | { readonly kind: 'went-on'; readonly point: LivePoint | null }
  | { readonly kind: 'diverged'; readonly point: LivePoint | null; readonly firstBadTensor: string };

/** A training that somebody watches: it moves when it is told to, and its networks can be looked at in between. */
export interface LiveTraining extends AsyncDisposable {
  readonly plan: TrainingPlan;
  readonly imagesSeen: () => number;
  /** Trains `iterations`, but not past the next recording border. Not to be called again once it diverged. */
  advance(iterations: number): Promise<Advance>;
  /** G's points for the fixed noise, or for the noise that is named; `[count, 2]`. */
  draw(count: number, noise?: { readonly seed: number; readonly stream: number }): Promise<Float32Array>;
  /** σ(D) at points of the plane. @param points `[n, 2]`. @returns `[n]`. */
  judge(points: Float32Array): Promise<Float32Array>;
}

/**
 * Trains the same iterations on the same random numbers as `trainGan`, whose recorded points it gives to the bit on the
 * same executor; past the budget it goes on as if there were more.
 */
export async function openLiveTraining(request: {
  readonly configuration: Mlp2dConfiguration;
  readonly seed: number;
  readonly reals: PlaneReals;
  readonly executor: Executor;
}): Promise<LiveTraining> {
  const { configuration, seed, reals, executor } = request;
  const shape = { kind: 'plane' } as const;
  const plan = planTraining(configuration);
  const program = programOf(
    'step',
    executor,
    { configuration, shape },
    () => createStepProgram(configuration, shape).program,
  );
  const [training, sampler, critic] = await Promise.all([
    executor.load(program),
    loadSampler(configuration, shape, executor),
    loadCritic(configuration, shape, executor, 'itself'),
  ]);
  await training.writeState(initialState(configuration, shape, seed));
  const inputs = iterationInputs(configuration, seed, reals);
  let iteration = 0;
  let begun = 0;
  let interval: IntervalSums = { sums: {}, seconds: 0, waitSeconds: 0, untimed: 0 };
  const imagesSeen = (): number => iteration * plan.imagesPerIteration;
  /** The point of the interval under way, which ends here. */
  const endInterval = (): LivePoint | null => {
    if (iteration === begun) return null;
    const point = { imagesSeen: imagesSeen(), values: meansOf(interval, iteration - begun, plan) };
    begun = iteration;
    interval = { sums: {}, seconds: 0, waitSeconds: 0, untimed: 0 };
    return point;
  };
  return {
    plan,
    imagesSeen,
    advance: async (wanted) => {
      const from = iteration;
      const toBorder = plan.recordEvery - (from % plan.recordEvery);
      const toBudget = from < plan.iterations ? plan.iterations - from : Number.POSITIVE_INFINITY;
      const steps = Math.min(wanted, toBorder, toBudget);
      const outputs = await training.run(inputs.forIterations(from, steps), steps);
      const good = goodIterations(outputs, steps);
      addUp(interval, outputs, good);
      iteration += good;
      if (good === steps) {
        const isBorder = iteration % plan.recordEvery === 0 || iteration === plan.iterations;
        return { kind: 'went-on', point: isBorder ? endInterval() : null };
      }
      const point = endInterval();
      iteration += 1;
      const named = await firstBadTensor({
        configuration,
        trainedOn: { shape, images: null },
        executor,
        training,
        inputs,
        state: await training.readPreviousState(),
        from,
        good,
        outputs: Object.fromEntries(
          Object.entries(outputs).map(([output, values]) => [output, values[good] as number]),
        ),
      });
      return { kind: 'diverged', point, firstBadTensor: named };
    },
    draw: async (count, noise = { seed, stream: STREAMS.fixedNoise }) => {
      const samples = await sampler.draw(await training.readState(), { count, ...noise });
      if (samples.kind !== 'points') throw new TypeError(`a law of the plane got ${samples.kind}`);
      return samples.data;
    },
    judge: async (points) => critic.judge(await training.readState(), { samples: points }),
    [Symbol.asyncDispose]: async () => {
      for (const owned of [training, sampler, critic]) await owned[Symbol.asyncDispose]();
    },
  };
}
