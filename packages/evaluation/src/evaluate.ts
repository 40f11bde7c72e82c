import {
  asksRun,
  type DatasetId,
  type ImageSamples,
  isDefinedOn,
  isPlaneLaw,
  isPluginName,
  type NetworkProtocol,
  type NoiseLaw,
  type Passport,
  type ProtocolId,
  type RealSource,
  type Samples,
  type ScoreName,
} from '@gansweep/domain';
import type { Executor } from '@gansweep/program';
import { featureMatrix } from './metrics/feature-matrix.ts';
import type { PanelSubject } from './panels/panel-subject.ts';
import { measureImages, type OpenRegistered } from './protocols/image-protocols.ts';
import type { Measurement } from './protocols/measurement.ts';
import type { DrawBetween } from './protocols/midpoint-protocols.ts';
import type { DrawShifted, DrawTurned } from './protocols/move-protocols.ts';
import { NETWORK_MEASURES } from './protocols/network-protocols.ts';
import type { DrawPaths } from './protocols/path-protocols.ts';
import { measurePlane, measurePoints, PLANE_SAMPLES, type PlaneProtocol } from './protocols/plane-protocols.ts';
import { STACKED_SAMPLES } from './protocols/stacked-modes.ts';

export interface EvaluationRequest {
  readonly protocols: readonly ProtocolId[];
  readonly dataset: DatasetId;
  /** Of the data set's content, for the passport. */
  readonly dataHash: string;
  /** Reals that training never saw. */
  readonly heldOut: RealSource;
  /** Reals that training saw, for protocols of memorisation; null where none are at hand. */
  readonly train: RealSource | null;
  /** Samples of the generator under judgement; the same (count, seed) gives the same samples. */
  readonly draw: (count: number, seed: number) => Promise<Samples>;
  /** Images along paths of the generator's latent vectors, for protocols of paths; absent where it has none to give. */
  readonly drawPaths?: DrawPaths | undefined;
  /** Images between latent vectors of the generator, for protocols of midpoints; absent where it has none to give. */
  readonly drawBetween?: DrawBetween | undefined;
  /** Images of the generator with its input moved, for the protocol of moves; absent where it has none to give. */
  readonly drawShifted?: DrawShifted | undefined;
  /** Images of the generator with its input turned, for the protocol of turns; absent where it has none to give. */
  readonly drawTurned?: DrawTurned | undefined;
  readonly executor: Executor;
  /** Fakes, and held-out reals, of the image protocols; protocols of the plane fix their own number. */
  readonly samples: number;
  /** Facts of the judged checkpoint, recorded in the passport. */
  readonly checkpoint: {
    readonly imagesSeen: number;
    readonly noise: NoiseLaw;
    /** Seed handed to `draw`. */
    readonly noiseSeed: number;
    /** Whether G's parameters are averaged over its updates. */
    readonly averaged: boolean;
    /** ψ that the samples were drawn with; null where G has none. */
    readonly truncation: number | null;
    /** Names of the classes that the samples were drawn for, in turn; null where the generator is told none. */
    readonly classes: readonly string[] | null;
  };
  /** Opens an extractor that a user registered, for protocols that ask for one. */
  readonly openRegistered?: OpenRegistered | undefined;
  /** Monotonic clock in seconds. */
  readonly seconds: () => number;
  /** ISO 8601, for the record. */
  readonly date: string;
}

export interface EvaluationResult {
  readonly protocol: ProtocolId;
  readonly passport: Passport;
  readonly scores: Readonly<Partial<Record<ScoreName, number>>>;
  /** Wall time of this protocol with its share of drawing and feature extraction. */
  readonly seconds: number;
}

/** Version of the numerics behind every protocol; raised with the protocol's own version. */
const IMPLEMENTATION = 1;

/**
 * Scores a generator under each protocol. Fakes are drawn once and shared; every score carries its passport. Asking for
 * a protocol that the data set does not have, or samples of another kind, is a bug of the caller and throws.
 */
export async function evaluate(request: EvaluationRequest): Promise<readonly EvaluationResult[]> {
  const { protocols, dataset, seconds } = request;
  if (protocols.length === 0) return [];
  const ofRun = protocols.find(asksRun);
  if (ofRun !== undefined)
    throw new RangeError(`${ofRun} looks at a run's record or its D, and this is a generator by itself`);
  for (const protocol of protocols)
    if (!isDefinedOn(protocol, dataset)) throw new RangeError(`${protocol} is not defined on ${dataset}`);
  const start = seconds();
  const measure = isPlaneLaw(dataset) ? await planeMeasure(request) : await imageMeasure(request);
  const sharedSeconds = (seconds() - start) / protocols.length;
  return protocols.map((protocol) => {
    const begun = seconds();
    const measurement = measure(protocol);
    const spent = seconds() - begun + sharedSeconds;
    return {
      protocol,
      passport: passportOf({ protocol, request, measurement, spent }),
      scores: measurement.scores,
      seconds: spent,
    };
  });
}

/** Scores a run's D under each protocol, beside the generator. */
export async function evaluateNetworks(
  protocols: readonly NetworkProtocol[],
  subject: PanelSubject,
  request: Pick<EvaluationRequest, 'dataset' | 'dataHash' | 'executor' | 'checkpoint' | 'seconds' | 'date'>,
): Promise<readonly EvaluationResult[]> {
  const results: EvaluationResult[] = [];
  for (const protocol of protocols) {
    const begun = request.seconds();
    const measurement = await NETWORK_MEASURES[protocol](subject);
    const spent = request.seconds() - begun;
    const passport = passportOf({ protocol, request, measurement, spent });
    results.push({ protocol, passport, scores: measurement.scores, seconds: spent });
  }
  return results;
}

async function planeMeasure(request: EvaluationRequest): Promise<(protocol: ProtocolId) => Measurement> {
  const { dataset, heldOut, draw, checkpoint } = request;
  if (heldOut.kind !== 'plane' || !isPlaneLaw(dataset)) throw new TypeError(`${dataset} needs points as reals`);
  const samples = await draw(PLANE_SAMPLES, checkpoint.noiseSeed);
  if (samples.kind !== 'points') throw new TypeError(`${dataset} needs points, not ${samples.kind}`);
  const fakes = featureMatrix(samples.data, 2);
  return (protocol) =>
    isPluginName(protocol)
      ? measurePoints({ protocol, heldOut, fakes })
      : measurePlane({ protocol: protocol as PlaneProtocol, law: dataset, heldOut, fakes });
}

async function imageMeasure(request: EvaluationRequest): Promise<(protocol: ProtocolId) => Measurement> {
  const { dataset, heldOut, train, draw, checkpoint, executor, protocols, openRegistered, samples: count } = request;
  if (heldOut.kind !== 'images') throw new TypeError(`${dataset} needs images as reals`);
  const drawn = await draw(
    protocols.includes('modes-lenet/v1') ? Math.max(count, STACKED_SAMPLES) : count,
    checkpoint.noiseSeed,
  );
  if (drawn.kind !== 'images') throw new TypeError(`${dataset} needs images, not ${drawn.kind}`);
  return measureImages(
    protocols,
    {
      heldOut,
      train: train?.kind === 'images' ? train : null,
      fakes: firstImages(drawn, count),
      stacks: firstImages(drawn, STACKED_SAMPLES),
      classes: checkpoint.classes,
      drawPaths: request.drawPaths,
      drawBetween: request.drawBetween,
      drawShifted: request.drawShifted,
      drawTurned: request.drawTurned,
      openRegistered,
    },
    executor,
  );
}

/** The same samples as if fewer had been drawn. */
function firstImages(images: ImageSamples, wanted: number): ImageSamples {
  const { height, width, channels } = images;
  const count = Math.min(wanted, images.count);
  return { ...images, count, data: images.data.subarray(0, count * height * width * channels) };
}

function passportOf(options: {
  protocol: ProtocolId;
  request: Pick<EvaluationRequest, 'dataset' | 'dataHash' | 'executor' | 'checkpoint' | 'date'>;
  measurement: Measurement;
  spent: number;
}): Passport {
  const { protocol, request, measurement, spent } = options;
  const { dataset, dataHash, checkpoint, executor, date } = request;
  return {
    metric: { id: protocol, implementation: IMPLEMENTATION },
    extractor: measurement.extractor,
    preprocessing: measurement.preprocessing,
    real: { dataset, dataHash, ...measurement.real },
    fake: {
      n: measurement.fakes,
      imagesSeen: checkpoint.imagesSeen,
      weights: checkpoint.averaged ? 'ema' : 'raw',
      truncation: checkpoint.truncation,
      noise: checkpoint.noise,
      noiseSeed: checkpoint.noiseSeed,
      labels: checkpoint.classes === null ? null : 'in turn',
    },
    estimator: measurement.estimator,
    uncertainty: measurement.uncertainty,
    run: { backend: executor.name, dtype: 'features float32, scores float64', seconds: spent, date },
  };
}
