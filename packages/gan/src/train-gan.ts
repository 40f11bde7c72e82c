import {
  type Configuration,
  type CurveName,
  EVALUATION_SEED,
  factsOf,
  type RealSource,
  type Samples,
  STREAMS,
  scheduleInTheWay,
  trainingKey,
  withLaterFields,
} from '@gansweep/domain';
import { type Executor, type LoadedProgram, type Program, sizeOf } from '@gansweep/program/browser';
import {
  type Checkpoint,
  CheckpointError,
  decodeCheckpoint,
  encodeCheckpoint,
  type FullCheckpoint,
} from './checkpoint.ts';
import { classesOf } from './conditions.ts';
import { firstBadTensor } from './first-bad-tensor.ts';
import { type Generator, loadGenerator } from './generator.ts';
import { optimisersBegin } from './growth.ts';
import { heldImages } from './held-images.ts';
import { inputsAhead } from './inputs-ahead.ts';
import { iterationInputs } from './iteration-inputs.ts';
import { type SampleShape, shapeOf } from './networks/network.ts';
import { planTraining, type TrainingPlan } from './plan-training.ts';
import { RecentIterations, sumsSince } from './recent-values.ts';
import { addPenalties, addUp, goodIterations, type IntervalSums, meansOf } from './recording-interval.ts';
import { loadRegularisers } from './regularisation/regularise.ts';
import { iterationsTogether } from './regularisation/schedule.ts';
import { initialState } from './step-program.ts';
import { trainingProgram } from './training-program.ts';

/** Aim for one native call: a slow moment may double it and a stop is still heard within a second. Results never depend on it. */
const SECONDS_PER_CALL = 0.5;
/** Samples of the fixed noise that show a run's progress. */
const FIXED_IMAGES = 64;
const FIXED_POINTS = 2_000;
const GENERATOR_ALONE = 'a run continues from a full checkpoint, not from a generator alone';

export interface TrainingRequest {
  readonly configuration: Configuration;
  readonly seed: number;
  readonly reals: RealSource;
  readonly executor: Executor;
  /** Bytes of a full checkpoint of the same configuration and seed, or of a shorter run (`unfitToContinue`); null to start. */
  readonly resume: Uint8Array | null;
  /** Images seen at which to evaluate and to draw the fixed noise; both also happen at the end. */
  readonly evaluateAt: readonly number[];
  readonly samplesAt: readonly number[];
  /** Images seen at which the fixed noise is drawn to be looked at by detectors alone. */
  readonly looksAt?: readonly number[];
  /** Asked at every call border. */
  readonly checkpointDue: () => boolean;
  readonly stop: () => 'go-on' | 'stop';
  /** Monotone clock in seconds; for `imagesPerSecond`, `dataWait` and the length of calls alone. */
  readonly seconds: () => number;
  /** Awaited between calls, so that a process can listen to others meanwhile. */
  readonly turn?: () => Promise<void>;
  /** Share of the process that this training has, in (0, 1]: calls are shorter beside others. Results never depend on it. */
  readonly share?: () => number;
}

export type TrainingEvent =
  | {
      readonly kind: 'started';
      readonly backend: { readonly name: string; readonly version: string; readonly device: string };
      readonly resumedAtImages: number;
    }
  | {
      readonly kind: 'points';
      readonly imagesSeen: number;
      readonly values: Readonly<Partial<Record<CurveName, number>>>;
    }
  /** `isShown`: due by `samplesAt`, not by `looksAt` alone. */
  | { readonly kind: 'samples'; readonly imagesSeen: number; readonly samples: Samples; readonly isShown: boolean }
  /** The generator stays as it is now until the training ends; a copy of it for later is in its bytes. */
  | { readonly kind: 'evaluation-due'; readonly imagesSeen: number; readonly generator: Generator }
  | { readonly kind: 'checkpoint'; readonly imagesSeen: number; readonly bytes: Uint8Array };

export type TrainingEnd =
  | {
      readonly kind: 'succeeded' | 'stopped';
      readonly imagesSeen: number;
      /** Full state, from which a stopped run continues. */
      readonly checkpoint: Uint8Array;
      readonly generator: Uint8Array;
    }
  | { readonly kind: 'diverged'; readonly imagesSeen: number; readonly firstBadTensor: string };

interface Progress extends IntervalSums {
  iteration: number;
  lastBorder: number;
}

/**
 * Trains one run as a stream of events; knows no database, file or clock of its own. Curves, samples, evaluations and
 * their positions depend on configuration and seed alone (but for `imagesPerSecond` and `dataWait`).
 * @throws CheckpointError when `resume` is damaged or belongs to another run.
 */
export async function* trainGan(request: TrainingRequest): AsyncGenerator<TrainingEvent, TrainingEnd> {
  const { configuration, seed, executor, reals, seconds } = request;
  const plan = planTraining(configuration);
  const shape = shapeOf(reals);
  const resumed = request.resume ? fullCheckpointOf(request.resume, request, plan) : null;
  const images = heldImages(reals, executor);
  const program = trainingProgram(configuration, reals, executor);
  if (resumed) checkStates(resumed.tensors, program);
  const inputs = iterationInputs(configuration, seed, reals, { held: images !== null });
  // Opened before the programs are loaded, which takes longer than the first images.
  await using ahead = inputsAhead(inputs, {
    configuration,
    seed,
    reals,
    held: images !== null,
    from: resumed?.iteration ?? 0,
  });
  await using loaded = await executor.load(program);
  await using regularisers = await loadRegularisers(executor, {
    configuration,
    shape,
    seed,
    held: images !== null && reals.kind === 'images' ? reals : null,
  });
  await using runner = await loadGenerator(configuration, shape, executor);
  await loaded.writeState(
    resumed?.tensors ?? initialState(configuration, shape, seed, reals.kind === 'images' ? reals.vectors : undefined),
  );
  const progress: Progress = {
    iteration: resumed?.iteration ?? 0,
    lastBorder: resumed?.lastBorder ?? 0,
    sums: { ...resumed?.partialSums },
    seconds: resumed?.partialSeconds ?? 0,
    waitSeconds: resumed?.partialWaitSeconds ?? 0,
    untimed: resumed?.partialUntimed ?? 0,
  };
  const recent = new RecentIterations(resumed?.recent);
  const imagesSeen = (): number => progress.iteration * plan.imagesPerIteration;
  const fullBytes = async (): Promise<Uint8Array> =>
    encodeCheckpoint({
      kind: 'full',
      format: 1,
      configuration,
      seed,
      shape,
      imagesSeen: imagesSeen(),
      iteration: progress.iteration,
      lastBorder: progress.lastBorder,
      partialSums: progress.sums,
      partialSeconds: progress.seconds,
      partialWaitSeconds: progress.waitSeconds,
      ...(progress.untimed > 0 ? { partialUntimed: progress.untimed } : {}),
      recent: recent.values(),
      tensors: await loaded.readState(),
    });
  const generatorNow = async (): Promise<Generator> =>
    runner.use(await loaded.readState(), { seed, imagesSeen: imagesSeen() });
  const ended = async (kind: 'succeeded' | 'stopped'): Promise<TrainingEnd> => ({
    kind,
    imagesSeen: imagesSeen(),
    checkpoint: await fullBytes(),
    generator: await (await generatorNow()).bytes(),
  });

  const { name, version, device } = executor;
  yield { kind: 'started', backend: { name, version, device }, resumedAtImages: imagesSeen() };
  let secondsPerIteration = Number.POSITIVE_INFINITY;
  while (progress.iteration < plan.iterations) {
    await request.turn?.();
    if (request.stop() === 'stop') return ended('stopped');
    const toBorder = Math.min(
      plan.recordEvery - (progress.iteration % plan.recordEvery),
      plan.iterations - progress.iteration,
    );
    const wanted = (SECONDS_PER_CALL * (request.share?.() ?? 1)) / secondsPerIteration;
    const most = Math.max(1, Math.min(toBorder, Math.floor(wanted)));
    const steps = iterationsTogether(configuration, progress.iteration, most);
    const began = seconds();
    const values = await ahead.take(progress.iteration, steps);
    const waited = seconds() - began;
    if (optimisersBegin(configuration, progress.iteration)) await beginOptimisers(loaded, program);
    const regularised = await regularisers.before(progress.iteration, loaded, values);
    if (regularised.bad) {
      progress.iteration += 1;
      return { kind: 'diverged', imagesSeen: imagesSeen(), firstBadTensor: regularised.bad };
    }
    addPenalties(progress, regularised.values);
    recent.addPenalties(progress.iteration, regularised.values);
    const outputs = await loaded.run(values, steps);
    const took = seconds() - began;
    const good = goodIterations(outputs, steps);
    addUp(progress, outputs, good);
    progress.seconds += took;
    progress.waitSeconds += waited;
    if (good < steps) {
      const from = progress.iteration;
      progress.iteration += good;
      const interval = progress.iteration % plan.recordEvery;
      if (interval > 0) yield { kind: 'points', imagesSeen: imagesSeen(), values: meansOf(progress, interval, plan) };
      progress.iteration += 1;
      const named = await firstBadTensor({
        configuration,
        trainedOn: { shape, images },
        executor,
        training: loaded,
        inputs,
        state: await loaded.readPreviousState(),
        from,
        good,
        outputs: Object.fromEntries(
          Object.entries(outputs).map(([output, values]) => [output, values[good] as number]),
        ),
      });
      return { kind: 'diverged', imagesSeen: imagesSeen(), firstBadTensor: named };
    }
    progress.iteration += steps;
    recent.add(outputs, { steps, iteration: progress.iteration });
    secondsPerIteration = took / steps;
    const isEnd = progress.iteration === plan.iterations;
    if (isEnd || progress.iteration % plan.recordEvery === 0) {
      const interval = progress.iteration % plan.recordEvery || plan.recordEvery;
      yield {
        kind: 'points',
        imagesSeen: imagesSeen(),
        values: meansOf(progress, interval, plan),
      };
      const due = (targets: readonly number[]): boolean =>
        isEnd || targets.some((target) => target > progress.lastBorder && target <= imagesSeen());
      const evaluationDue = due(request.evaluateAt);
      const isShown = due(request.samplesAt);
      if (isShown || due(request.looksAt ?? []))
        yield {
          kind: 'samples',
          imagesSeen: imagesSeen(),
          samples: await fixedSamples(await generatorNow(), configuration, shape),
          isShown,
        };
      if (evaluationDue) yield { kind: 'evaluation-due', imagesSeen: imagesSeen(), generator: await generatorNow() };
      progress.lastBorder = imagesSeen();
      progress.sums = {};
      progress.seconds = 0;
      progress.waitSeconds = 0;
      progress.untimed = 0;
      if (evaluationDue && !isEnd) {
        yield { kind: 'checkpoint', imagesSeen: imagesSeen(), bytes: await fullBytes() };
        continue;
      }
    }
    if (!isEnd && request.checkpointDue())
      yield { kind: 'checkpoint', imagesSeen: imagesSeen(), bytes: await fullBytes() };
  }
  return ended('succeeded');
}

/** The optimisers' vectors, and D's count of its updates, are 0 again. */
async function beginOptimisers(loaded: LoadedProgram, { states }: Program): Promise<void> {
  const own = states.filter(({ name }) => /^[muvc][A-Z]$/.test(name));
  await loaded.writeState(Object.fromEntries(own.map(({ name, shape }) => [name, new Float32Array(sizeOf(shape))])));
}

/**
 * Why a run cannot go on from the bytes of a full checkpoint, for a person, or null. It can from its own, and from those of
 * a run that differs in having fewer images alone, where no schedule has shares of them and what the checkpoint holds
 * reaches back to a border of the longer run.
 */
export function unfitToContinue(
  checkpoint: Checkpoint,
  { configuration, seed }: Pick<TrainingRequest, 'configuration' | 'seed'>,
): string | null {
  if (checkpoint.kind !== 'full') return GENERATOR_ALONE;
  const { configuration: other } = checkpoint;
  const sorted = (c: Configuration): string =>
    JSON.stringify(Object.entries(withLaterFields(c)).sort(([a], [b]) => (a < b ? -1 : 1)));
  if (checkpoint.seed === seed && sorted(other) === sorted(configuration)) return null;
  const isShorter = trainingKey(other) === trainingKey(configuration) && other.images < configuration.images;
  if (checkpoint.seed !== seed || !isShorter)
    return 'the checkpoint belongs to another run: configuration or seed differ';
  const schedule = scheduleInTheWay(other, configuration);
  if (schedule !== null) return `the checkpoint belongs to a shorter run, and ${schedule}`;
  return intervalUnderWay(checkpoint, planTraining(configuration)) === null
    ? 'the checkpoint of a shorter run was written by an earlier version, amid an interval of this one'
    : null;
}

/** The recording interval of a longer run in the middle of which a shorter one's checkpoint was written; null where it cannot be told. */
function intervalUnderWay(
  { iteration, recent }: FullCheckpoint,
  { recordEvery, imagesPerIteration }: TrainingPlan,
): Pick<FullCheckpoint, 'lastBorder' | 'partialSums' | 'partialUntimed'> | null {
  const untimed = iteration % recordEvery;
  const from = iteration - untimed;
  const partialSums = sumsSince(recent, { from, to: iteration });
  return partialSums && { lastBorder: from * imagesPerIteration, partialSums, partialUntimed: untimed };
}

function fullCheckpointOf(bytes: Uint8Array, request: TrainingRequest, plan: TrainingPlan): FullCheckpoint {
  const checkpoint = decodeCheckpoint(bytes);
  if (checkpoint.kind !== 'full') throw new CheckpointError(GENERATOR_ALONE);
  const unfit = unfitToContinue(checkpoint, request);
  if (unfit !== null) throw new CheckpointError(unfit);
  if (checkpoint.configuration.images === request.configuration.images) return checkpoint;
  return { ...checkpoint, ...intervalUnderWay(checkpoint, plan), partialSeconds: 0, partialWaitSeconds: 0 };
}

function checkStates(tensors: Readonly<Record<string, Float32Array>>, { states }: Program): void {
  for (const { name, shape } of states)
    if (tensors[name]?.length !== sizeOf(shape))
      throw new CheckpointError(
        `the checkpoint's tensor ${name} has ${tensors[name]?.length ?? 0} elements instead of ${sizeOf(shape)}`,
      );
}

/** Samples in a row of the grid, which shows one class where the model is told classes, and so many rows then. */
const ROW = 8;
const CLASS_ROWS = 10;

/** Of noise that is the same for every run, whatever its seed, so that grids of a sweep compare. */
function fixedSamples(generator: Generator, configuration: Configuration, shape: SampleShape): Promise<Samples> {
  const classes = classesOf(configuration, shape);
  const { gridImages = FIXED_IMAGES } = factsOf(configuration.model);
  const images = classes > 0 ? ROW * Math.min(classes, CLASS_ROWS) : gridImages;
  const count = shape.kind === 'plane' ? FIXED_POINTS : images;
  return generator.draw({
    count,
    seed: EVALUATION_SEED,
    stream: STREAMS.fixedNoise,
    ...(classes > 0 ? { classOf: (sample: number) => Math.floor(sample / ROW) % classes } : {}),
  });
}
