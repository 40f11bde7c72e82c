import type { FeatureFamily, ImageReals, ImageSamples, PluginName, PointSamples, ProtocolId } from '@gansweep/domain';
import type { Executor } from '@gansweep/program';
import type { FeatureMatrix } from './metrics/feature-matrix.ts';
import { measureByPlugin } from './plugins/metrics.ts';
import { FEATURE_MEASURES, type FeatureFinding } from './protocols/feature-protocols.ts';
import { realFeatures } from './protocols/feature-sides.ts';
import { measureImages, type OpenRegistered } from './protocols/image-protocols.ts';
import type { Measurement } from './protocols/measurement.ts';

/** Scores features that somebody extracted, all of them. @param training for `memorisation` only. */
export function compareFeatures({
  family,
  real,
  fake,
  training,
}: {
  readonly family: FeatureFamily;
  readonly real: FeatureMatrix;
  readonly fake: FeatureMatrix;
  readonly training: FeatureMatrix | null;
}): FeatureFinding {
  return FEATURE_MEASURES[family]({ real: realFeatures(real, training), fake });
}

/** Scores points that somebody drew against reals by a metric of a plugin, all of both. */
export function comparePoints({
  protocol,
  real,
  fake,
}: {
  readonly protocol: PluginName;
  readonly real: FeatureMatrix;
  readonly fake: FeatureMatrix;
}): Pick<Measurement, 'scores' | 'estimator'> {
  const points = ({ rows, data }: FeatureMatrix): PointSamples => ({
    kind: 'points',
    count: rows,
    data: Float32Array.from(data),
  });
  return measureByPlugin(protocol, { real: points(real), fake: points(fake) });
}

/**
 * Scores images that somebody drew against reals, all of both. @param training for `memorisation` only. @param openRegistered for
 * metrics of plugins that compare features of a registered extractor.
 */
export async function compareImages({
  protocol,
  real,
  fake,
  training,
  executor,
  openRegistered,
}: {
  readonly protocol: ProtocolId;
  readonly real: ImageSamples;
  readonly fake: ImageSamples;
  readonly training: ImageSamples | null;
  readonly executor: Executor;
  readonly openRegistered?: OpenRegistered | undefined;
}): Promise<Measurement> {
  const sides = {
    openRegistered,
    heldOut: asReals(real),
    train: training === null ? null : asReals(training),
    fakes: fake,
    classes: null,
    reals: real.count,
  };
  const { real: facts, ...found } = (await measureImages([protocol], sides, executor))(protocol);
  return { ...found, real: { ...facts, split: 'all' } };
}

function asReals({ count, height, width, channels, data }: ImageSamples): ImageReals {
  const each = height * width * channels;
  return {
    kind: 'images',
    count,
    height,
    width,
    channels,
    copy: (positions, out) =>
      positions.forEach((position, i) => {
        out.set(data.subarray(position * each, (position + 1) * each), i * each);
      }),
  };
}
