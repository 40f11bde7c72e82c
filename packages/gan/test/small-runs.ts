import type {
  CdcganConfiguration,
  CganConfiguration,
  Configuration,
  DcganConfiguration,
  ImageReals,
  Mlp2dConfiguration,
  OptimizerFields,
  PlaneReals,
  Samples,
  Stylegan2Configuration,
  StyleganConfiguration,
} from '@gansweep/domain';
import { randomStream } from '@gansweep/domain';
import { type TrainingEnd, type TrainingEvent, type TrainingRequest, trainGan } from '../src/index.ts';

export const ADAM = {
  optimizer: 'adam',
  beta1: 0.5,
  beta1G: 0.5,
  beta1D: 0.5,
  beta2: 0.999,
  adamEps: 1e-8,
} as const satisfies OptimizerFields;
export const SGD = { optimizer: 'sgd', sgdMomentum: 0.5 } as const satisfies OptimizerFields;

const SHARED = {
  lrG: 1e-3,
  lrD: 1e-3,
  weightDecay: 0,
  dSteps: 1,
  gSteps: 1,
  noise: 'gaussian',
  loss: 'non-saturating',
  realLabel: 1,
  fakeLabel: 0,
  labelNoise: 0,
  freezeRatio: 0,
  instanceNoise: 0,
  spectralNorm: false,
  lrSchedule: 'none',
} as const;

const NOT_AUGMENTED = { adaTarget: 0, adaP: 0, adaPipe: 'bgc' } as const;

/** A GAN of the plane that trains in milliseconds. */
export function smallPlane(change: Partial<Mlp2dConfiguration> = {}): Mlp2dConfiguration {
  return {
    ...SHARED,
    ...ADAM,
    model: 'mlp2d',
    dataset: 'ring8',
    batch: 8,
    images: 800,
    nz: 2,
    layersG: 2,
    layersD: 2,
    widthG: 8,
    widthD: 8,
    maxoutD: 1,
    samplesD: 1,
    batchNorm: false,
    ...change,
  } as Mlp2dConfiguration;
}

/** A convolutional GAN of 16×16 images that trains in milliseconds. */
export function smallImages(change: Partial<DcganConfiguration> = {}): DcganConfiguration {
  return {
    ...SHARED,
    ...ADAM,
    model: 'dcgan',
    dataset: 'mnist',
    batch: 4,
    images: 240,
    nz: 5,
    resolution: 16,
    ngf: 4,
    ndf: 4,
    leak: 0.2,
    bnEps: 1e-5,
    bnMomentum: 0.1,
    mirror: false,
    classes: 'all',
    subset: 0,
    batchNorm: true,
    kernel: 4,
    upsample: 'convT',
    ema: 0,
    ...NOT_AUGMENTED,
    r1Gamma: 0,
    normalizeInput: true,
    ...change,
  } as DcganConfiguration;
}

/** The same by any model that is convolutional in the manner of DCGAN. */
export function smallConvolutional(change: Partial<Configuration> & Pick<Configuration, 'model'>): Configuration {
  return { ...smallImages(), ...(change.model === 'aae' ? { lrE: 1e-3 } : {}), ...change } as Configuration;
}

/** Conditional networks of images with classes. */
export const smallConditional = (change: Partial<CdcganConfiguration> = {}): Configuration =>
  smallConvolutional({ model: 'cdcgan', resolution: 32, conditionD: true, ...change });

export function smallDenseConditional(change: Partial<CganConfiguration> = {}): Configuration {
  return {
    ...SHARED,
    ...ADAM,
    model: 'cgan',
    dataset: 'mnist',
    batch: 4,
    images: 240,
    nz: 5,
    resolution: 32,
    layersG: 2,
    layersD: 2,
    widthG: 6,
    widthD: 8,
    leak: 0.2,
    batchNorm: true,
    bnEps: 1e-5,
    bnMomentum: 0.1,
    conditionD: true,
    ...NOT_AUGMENTED,
    mirror: false,
    normalizeInput: true,
    ...change,
  } as Configuration;
}

/** Images of a set, each of the class of its position. */
export function withClasses(images: ImageReals, classes = 3): ImageReals {
  return {
    ...images,
    classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
    labels: Uint8Array.from({ length: images.count }, (_, i) => i % classes),
  };
}

/** A StyleGAN2 of 8×8 images that trains in milliseconds. */
export function smallStyle(change: Partial<Stylegan2Configuration> = {}): Stylegan2Configuration {
  return {
    ...SHARED,
    ...ADAM,
    model: 'stylegan2',
    dataset: 'mnist',
    batch: 4,
    images: 240,
    nz: 5,
    resolution: 8,
    ngf: 1,
    ndf: 1,
    mappingLayers: 2,
    styleMixing: 0.9,
    truncation: 1,
    ema: 0.1,
    r1Gamma: 0.02,
    r1Interval: 3,
    pathLengthWeight: 2,
    residualD: true,
    deviationGroup: 4,
    conditionG: false,
    activationClamp: 0,
    ...NOT_AUGMENTED,
    mirror: false,
    normalizeInput: true,
    ...change,
  } as Stylegan2Configuration;
}

/** The same by another model of the line of StyleGAN. */
export function smallStyleLike(
  model: 'stylegan' | 'stylegan3',
  change: Partial<StyleganConfiguration> = {},
): Configuration {
  const { pathLengthWeight: _, residualD: __, ...shared } = smallStyle();
  return { ...shared, ...(model === 'stylegan' ? { progressive: false } : {}), ...change, model } as Configuration;
}

/** A round Gaussian of the plane. */
export function roundLaw({ centre, sigma }: { centre: readonly [number, number]; sigma: number }): PlaneReals {
  return {
    kind: 'plane',
    draw: (seed, draw, out) => {
      randomStream(seed, 101).normals(draw, out);
      for (let i = 0; i < out.length; i++) out[i] = (centre[i % 2] as number) + sigma * (out[i] as number);
    },
  };
}

/** Images of smooth stripes, each of its own. */
export function stripes({ count = 10, side = 16, channels = 1 } = {}): ImageReals {
  return {
    kind: 'images',
    count,
    height: side,
    width: side,
    channels,
    copy: (positions, out) => {
      const size = side * side * channels;
      positions.forEach((position, i) => {
        for (let at = 0; at < size; at++) out[i * size + at] = 128 + 100 * Math.sin(0.3 * at + position);
      });
    },
  };
}

let readers = 0;

/** Readers of `readAhead` alive. */
export const liveReaders = (): number => readers;

/** The same images with a reader that holds two iterations at most, is late at times, and fails where it is told to. */
export function readAhead(images: ImageReals, { failAt = Number.POSITIVE_INFINITY } = {}): ImageReals {
  const each = images.height * images.width * images.channels;
  return {
    ...images,
    openReader: (capacity) => {
      readers += 1;
      const asked: number[] = [];
      let taken = 0;
      return {
        capacity,
        ask: (positions) => {
          asked.push(...positions);
          if (asked.length > capacity) throw new RangeError('more than the reader holds');
        },
        take: async (out) => {
          if (taken % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
          const positions = Uint32Array.from(asked.splice(0, out.length / each));
          taken += positions.length;
          if (taken > failAt) throw new Error('the file is gone');
          images.copy(positions, out);
        },
        [Symbol.asyncDispose]: async () => {
          readers -= 1;
        },
      };
    },
  };
}

/** A clock that never moves: calls are as long as recording allows. */
export const STOPPED_CLOCK = (): number => 0;

/** A clock by which every call takes ten seconds: one iteration a call. */
export function slowClock(): () => number {
  let now = 0;
  return () => {
    now += 10;
    return now;
  };
}

/** What a training gives, without the curves that depend on the machine. */
export interface Told {
  readonly events: readonly TrainingEvent[];
  readonly end: TrainingEnd;
}

export type RunOptions = Partial<TrainingRequest> & Pick<TrainingRequest, 'configuration' | 'reals' | 'executor'>;

export function requestOf(options: RunOptions): TrainingRequest {
  return {
    seed: 1,
    resume: null,
    evaluateAt: [],
    samplesAt: [],
    checkpointDue: () => false,
    stop: () => 'go-on',
    seconds: STOPPED_CLOCK,
    ...options,
  };
}

/** Trains to the end and keeps every event; `onEvent` is called before the next one is asked for. */
export async function tell(options: RunOptions, onEvent?: (event: TrainingEvent) => Promise<void>): Promise<Told> {
  const training = trainGan(requestOf(options));
  const events: TrainingEvent[] = [];
  for (;;) {
    const next = await training.next();
    if (next.done) return { events, end: next.value };
    await onEvent?.(next.value);
    events.push(withoutSpeed(next.value));
  }
}

export function withoutSpeed(event: TrainingEvent): TrainingEvent {
  if (event.kind !== 'points') return event;
  const { imagesPerSecond: _, dataWait: __, ...values } = event.values;
  return { ...event, values };
}

/** Curves, samples and places of evaluations: what must not depend on calls, kills or machines. */
export function storyOf(events: readonly TrainingEvent[]): readonly unknown[] {
  return events.flatMap((event): readonly unknown[] => {
    switch (event.kind) {
      case 'points':
        return [event];
      case 'samples':
        return [{ kind: event.kind, imagesSeen: event.imagesSeen, data: dataOf(event.samples) }];
      case 'evaluation-due':
        return [{ kind: event.kind, imagesSeen: event.imagesSeen }];
      case 'started':
      case 'checkpoint':
        return [];
      default:
        return event satisfies never;
    }
  });
}

export function dataOf(samples: Samples): readonly number[] {
  return Array.from(samples.data);
}

/** Images of a set, each with three numbers that tell it from the others. */
export function withVectors(images: ImageReals): ImageReals {
  return {
    ...images,
    vectors: Float32Array.from({ length: 3 * images.count }, (_, i) => Math.cos(1 + i)),
  };
}
