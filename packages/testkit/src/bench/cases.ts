import type { Configuration, DcganConfiguration, Mlp2dConfiguration } from '@gansweep/domain';
import type { SampleShape } from '@gansweep/gan';
import { defaultsOf } from '../builders.ts';
import type { MemoryJob } from './program-memory.ts';

/** How much is measured: `quick` is for seeing that it works. */
export type Effort = 'quick' | 'full';

/** One GAN and how its time is told. */
interface BenchCase {
  /** Word for `--only`, unique. */
  readonly id: string;
  readonly title: string;
  /** One a lane. */
  readonly configurations: readonly Configuration[];
  readonly shape: SampleShape;
  /** Iterations of one call, as a training would choose them. */
  readonly stepsPerCall: number;
  readonly rounds: Readonly<Record<Effort, number>>;
}

/** Iterations of one run, or of many runs one after another, by every contender in turn. */
export interface RaceCase extends BenchCase {
  readonly kind: 'step' | 'lanes' | GpuRaceKind;
}

/** The same on a GPU, by those who compute there. */
export type GpuRaceKind = 'gpu-step' | 'gpu-lanes';

/** Two processes on two cores against one. */
export interface TwoTrainersCase extends BenchCase {
  readonly kind: 'two-trainers';
}

/** Resident memory over many iterations. */
export interface MemoryCase extends BenchCase {
  readonly kind: 'memory';
  readonly steps: number;
  /** For executors that are too slow for so many. */
  readonly slowSteps: number;
}

/** Resident memory that programs add to a process, foretold and measured. */
export interface PredictionCase extends Pick<BenchCase, 'id' | 'title'> {
  readonly kind: 'memory-prediction';
  readonly programs: readonly (MemoryJob & { readonly title: string })[];
}

/** Runs of a claim at most; `chosen` as the worker chooses by what its device costs. */
export type SizeOfPacks = number | 'chosen';

/** A sweep of small runs through the whole service, with packs of each of these sizes. */
export interface WholeSweepCase extends Pick<BenchCase, 'id' | 'title' | 'rounds'> {
  readonly kind: 'whole-sweep';
  readonly packSizes: readonly SizeOfPacks[];
}

/** How a training gets its images from their file: `ahead` by the reader's thread, or by itself before each call. */
export type DataWay = 'ahead' | 'before each call';

/** A training on images of a file: how long its steps wait for them. */
export interface DataWaitCase extends Pick<BenchCase, 'id' | 'title' | 'rounds'> {
  readonly kind: 'data-wait';
  readonly configuration: DcganConfiguration;
  readonly ways: readonly DataWay[];
}

/** Precision, recall, density and coverage of two sets of one normal law, against what the authors' code publishes. */
export interface NeighbourCase extends Pick<BenchCase, 'id' | 'title' | 'rounds'> {
  readonly kind: 'neighbours';
  /** Rows a side. */
  readonly rows: Readonly<Record<Effort, number>>;
  readonly columns: number;
  /** Of every ball, for all four scores. */
  readonly k: number;
}

/** What every case trains with, beside the defaults. */
const TRAINING = { lrG: 2e-4, lrD: 2e-4, images: 1_000_000 } as const;

/** A small dense GAN of the plane. */
export function mlp2d({ width, batch }: { readonly width: number; readonly batch: number }): Mlp2dConfiguration {
  const size = { layersG: 3, layersD: 3, widthG: width, widthD: width };
  return { ...defaultsOf('mlp2d'), ...TRAINING, dataset: 'ring8', batch, ...size };
}

/** A DCGAN of square images, batch 64. */
export function dcgan({
  resolution,
  maps,
}: {
  readonly resolution: number;
  readonly maps: number;
}): DcganConfiguration {
  return { ...defaultsOf('dcgan'), ...TRAINING, resolution, ngf: maps, ndf: maps };
}

/** Runs that share networks and batch and nothing else that a lane may have of its own. */
function lanesOf(configuration: Mlp2dConfiguration | DcganConfiguration, lanes: number): readonly Configuration[] {
  return Array.from({ length: lanes }, (_, lane) => ({
    ...configuration,
    lrG: 1e-4 * (1 + lane / lanes),
    lrD: 2e-4 * (1 + lane / lanes),
    beta1: 0.5 + (0.4 * lane) / lanes,
    beta1G: 0.5 + (0.4 * lane) / lanes,
    beta1D: 0.5 + (0.4 * lane) / lanes,
  }));
}

const PLANE = { kind: 'plane' } as const;
const imagesOf = (side: number): SampleShape => ({ kind: 'images', height: side, width: side, channels: 3 });
/** As many as a training records at once. */
const PLANE_STEPS_PER_CALL = 50;
const small = {
  title: 'mlp2d 3×16, batch 64',
  configurations: [mlp2d({ width: 16, batch: 64 })],
  shape: PLANE,
  stepsPerCall: PLANE_STEPS_PER_CALL,
  rounds: { quick: 3, full: 15 },
} as const;
const dcgan32 = {
  title: 'dcgan 32×32×3, 32 maps, batch 64',
  configurations: [dcgan({ resolution: 32, maps: 32 })],
  shape: imagesOf(32),
  stepsPerCall: 2,
  rounds: { quick: 3, full: 15 },
} as const;

/** One D update and one G update of a single run. */
const STEP_CASES: readonly RaceCase[] = [
  { kind: 'step', id: 'step-mlp2d-16', ...small },
  {
    ...small,
    kind: 'step',
    id: 'step-mlp2d-64',
    title: 'mlp2d 3×64, batch 256',
    configurations: [mlp2d({ width: 64, batch: 256 })],
  },
  { kind: 'step', id: 'step-dcgan32', ...dcgan32 },
  {
    kind: 'step',
    id: 'step-dcgan64',
    title: 'dcgan 64×64×3, 64 maps, batch 64',
    configurations: [dcgan({ resolution: 64, maps: 64 })],
    shape: imagesOf(64),
    stepsPerCall: 1,
    // Seconds a step: few rounds must do.
    rounds: { quick: 2, full: 5 },
  },
];

const LANE_CASES: readonly RaceCase[] = [8, 32, 128].map((lanes) => ({
  ...small,
  kind: 'lanes',
  id: `lanes-${lanes}`,
  title: `${lanes} runs of mlp2d 3×16, batch 64`,
  configurations: lanesOf(mlp2d({ width: 16, batch: 64 }), lanes),
  rounds: { quick: 2, full: 7 },
}));

const TWO_TRAINERS_CASES: readonly TwoTrainersCase[] = [
  { ...small, kind: 'two-trainers', id: 'two-trainers-mlp2d-16' },
  { ...dcgan32, kind: 'two-trainers', id: 'two-trainers-dcgan32', rounds: { quick: 2, full: 7 } },
];

const ONCE = { quick: 1, full: 1 } as const;
/** Single runs by every executor, lanes by those that fuse them. */
const MEMORY_CASES: readonly MemoryCase[] = [
  { ...small, kind: 'memory', id: 'memory-mlp2d-16', steps: 10_000, slowSteps: 1_000, rounds: ONCE },
  {
    ...small,
    kind: 'memory',
    id: 'memory-lanes-8',
    title: '8 runs of mlp2d 3×16, batch 64',
    configurations: lanesOf(mlp2d({ width: 16, batch: 64 }), 8),
    steps: 10_000,
    slowSteps: 0,
    rounds: ONCE,
  },
  {
    kind: 'memory',
    id: 'memory-dcgan16',
    title: 'dcgan 16×16×3, 4 maps, batch 8',
    configurations: [{ ...dcgan({ resolution: 16, maps: 4 }), batch: 8 }],
    shape: imagesOf(16),
    stepsPerCall: 20,
    steps: 10_000,
    slowSteps: 200,
    rounds: ONCE,
  },
];

const ofPlane = (width: number, batch: number) => ({
  title: `mlp2d 3×${width}, batch ${batch}`,
  configuration: mlp2d({ width, batch }),
  shape: PLANE,
  stepsPerCall: PLANE_STEPS_PER_CALL,
});
const ofImages = (resolution: number, maps: number, stepsPerCall: number) => ({
  title: `dcgan ${resolution}×${resolution}×3, ${maps} maps, batch 64`,
  configuration: dcgan({ resolution, maps }),
  shape: imagesOf(resolution),
  stepsPerCall,
});

const PREDICTION_CASES: readonly PredictionCase[] = [
  {
    kind: 'memory-prediction',
    id: 'memory-prediction',
    title: 'memory of a program',
    programs: [
      ...[ofPlane(16, 64), ofPlane(64, 256), ofPlane(128, 512)].map((one) => ({ ...one, executor: 'onnx' as const })),
      ...[ofPlane(64, 256), ofPlane(128, 512)].map((one) => ({ ...one, executor: 'wasm' as const })),
      ...[ofImages(16, 32, 2), ofImages(32, 32, 2), ofImages(64, 64, 1)].map((one) => ({
        ...one,
        executor: 'onnx' as const,
      })),
      ...[
        ...[ofPlane(64, 256), ofPlane(128, 512)],
        ...[ofImages(16, 32, 2), ofImages(32, 32, 2), ofImages(64, 64, 1)],
      ].map((one) => ({ ...one, executor: 'tensorflow' as const })),
    ],
  },
];

const WHOLE_SWEEP_CASES: readonly WholeSweepCase[] = [
  {
    kind: 'whole-sweep',
    id: 'whole-sweep',
    title: '64 runs of mlp2d 3×16, 20,000 images each',
    packSizes: ['chosen', 16, 1],
    rounds: { quick: 1, full: 5 },
  },
];

const DATA_WAIT_CASES: readonly DataWaitCase[] = [
  {
    kind: 'data-wait',
    id: 'data-wait-dcgan32',
    title: 'dcgan 32×32×1, 32 maps, batch 64',
    configuration: { ...dcgan({ resolution: 32, maps: 32 }), images: 64 * 80 },
    ways: ['ahead', 'before each call'],
    rounds: { quick: 1, full: 3 },
  },
];

const NEIGHBOUR_CASES: readonly NeighbourCase[] = [
  {
    kind: 'neighbours',
    id: 'prdc',
    title: '10,000 rows of 1,000 features a side, k = 5',
    rows: { quick: 1_000, full: 10_000 },
    columns: 1_000,
    k: 5,
    rounds: { quick: 1, full: 1 },
  },
];

const GPU_ROUNDS = { quick: 2, full: 4 } as const;

/** DCGAN in larger and larger batches, and a GAN that is all calls and no arithmetic. */
const GPU_STEP_CASES: readonly RaceCase[] = [
  ...[64, 128, 256, 512].map(
    (batch): RaceCase => ({
      kind: 'gpu-step',
      id: `gpu-step-dcgan64-${batch}`,
      title: `dcgan 64×64×3, 64 maps, batch ${batch}`,
      configurations: [{ ...dcgan({ resolution: 64, maps: 64 }), batch }],
      shape: imagesOf(64),
      stepsPerCall: 10,
      rounds: GPU_ROUNDS,
    }),
  ),
  { ...small, kind: 'gpu-step', id: 'gpu-step-mlp2d-16', rounds: GPU_ROUNDS },
];

/** What runs of one shape gain by sharing a GPU's calls. */
const GPU_LANE_CASES: readonly RaceCase[] = [
  ...[2, 8, 32].map(
    (lanes): RaceCase => ({
      ...dcgan32,
      kind: 'gpu-lanes',
      id: `gpu-lanes-dcgan32-${lanes}`,
      title: `${lanes} runs of ${dcgan32.title}`,
      configurations: lanesOf(dcgan({ resolution: 32, maps: 32 }), lanes),
      stepsPerCall: 10,
      rounds: GPU_ROUNDS,
    }),
  ),
  ...[8, 32, 128].map(
    (lanes): RaceCase => ({
      ...small,
      kind: 'gpu-lanes',
      id: `gpu-lanes-mlp2d-${lanes}`,
      title: `${lanes} runs of ${small.title}`,
      configurations: lanesOf(mlp2d({ width: 16, batch: 64 }), lanes),
      rounds: GPU_ROUNDS,
    }),
  ),
];

/** What `--gpu` measures, in the order of the report. */
export const GPU_CASES: readonly RaceCase[] = [...GPU_STEP_CASES, ...GPU_LANE_CASES];

/** Everything else that is measured, in the order of the report. */
export const BENCH_CASES = [
  ...STEP_CASES,
  ...LANE_CASES,
  ...TWO_TRAINERS_CASES,
  ...WHOLE_SWEEP_CASES,
  ...DATA_WAIT_CASES,
  ...NEIGHBOUR_CASES,
  ...MEMORY_CASES,
  ...PREDICTION_CASES,
] as const;

/** Cases whose id contains a text; may be none. */
export function casesNamed<Case extends { readonly id: string }>(
  cases: readonly Case[],
  only: string,
): readonly Case[] {
  return cases.filter(({ id }) => id.includes(only));
}
