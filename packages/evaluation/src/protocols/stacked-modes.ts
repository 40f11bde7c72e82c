import type { ImageSamples } from '@gansweep/domain';
import type { Executor } from '@gansweep/program';
import { openLenet } from '../extractors/lenet/lenet-extractor.ts';
import { LENET_ACCURACY } from '../extractors/lenet/lenet-weights.ts';
import { classCounts, stackedClasses } from '../metrics/classifier-scores.ts';
import type { Measurement } from './measurement.ts';

/** Fakes that modes are counted among, whatever the others look at: the published number for 1,000 modes. */
export const STACKED_SAMPLES = 26_000;
const MODES = 1_000;

/**
 * How many of the 1,000 stacks of three digits a generator makes, and KL(their histogram ‖ uniform) in nats: the classifier
 * of digits reads each channel by itself. No reals are looked at.
 * @see Metz et al. (2017), "Unrolled GANs", arXiv:1611.02163, §3.3.2
 */
export async function measureStacks(fakes: ImageSamples, executor: Executor): Promise<Measurement> {
  await using lenet = await openLenet(executor);
  const digits = await lenet.classify(channelsOf(fakes));
  const { hit, kl } = classCounts(stackedClasses(digits), MODES);
  return {
    scores: { 'modes-lenet': hit, 'mode-kl-lenet': kl },
    extractor: { ...lenet.facts, layer: 'logits', dimension: 10 },
    preprocessing: { ...lenet.preprocessing, channels: 'each by itself' },
    real: { split: 'none', seed: 0, n: 0 },
    fakes: fakes.count,
    estimator: { modes: MODES, classifierAccuracy: LENET_ACCURACY },
    uncertainty: null,
  };
}

/** Every channel as a grey image: `[n, height, width, channels]` → `[n · channels, height, width, 1]`. */
function channelsOf({ count, height, width, channels, data }: ImageSamples): ImageSamples {
  const pixels = height * width;
  const grey = new Uint8Array(data.length);
  for (let image = 0; image < count; image++)
    for (let channel = 0; channel < channels; channel++) {
      const to = (image * channels + channel) * pixels;
      const from = image * channels * pixels + channel;
      for (let pixel = 0; pixel < pixels; pixel++) grey[to + pixel] = data[from + channels * pixel] as number;
    }
  return { kind: 'images', count: count * channels, height, width, channels: 1, data: grey };
}
