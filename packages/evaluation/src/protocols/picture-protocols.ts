import type { ImageSamples, PassportValue } from '@gansweep/domain';
import { imageStatistics } from '../metrics/image-statistics.ts';
import { cutPatches, patchDistance } from '../metrics/patch-distance.ts';
import type { FeatureFinding } from './feature-protocols.ts';

/** Protocols that look at pictures without an extractor. */
export type PictureProtocol = 'swd/v1' | 'stats/v1';

/** Images of a side that `swd` cuts patches from: 32,768 patches a level. */
const SWD_IMAGES_MAX = 256;
const PATCHES_PER_IMAGE = 128;
const DIRECTIONS = 512;
const PATCH_SEED = 1;

interface PictureFinding extends FeatureFinding {
  /** Images of either side that were looked at. */
  readonly images: number;
  /** What is known of the reals, for a reader. */
  readonly real: Readonly<Record<string, PassportValue>>;
}

export type PictureMeasure = (sides: { readonly real: ImageSamples; readonly fake: ImageSamples }) => PictureFinding;

/** Every protocol of pictures: the one place where its name meets its metric and settings. */
export const PICTURE_MEASURES: Readonly<Record<PictureProtocol, PictureMeasure>> = {
  'swd/v1': ({ real, fake }) => {
    const images = Math.min(SWD_IMAGES_MAX, real.count, fake.count);
    const cut = (side: ImageSamples) =>
      cutPatches(firstImages(side, images), { patchesPerImage: PATCHES_PER_IMAGE, seed: PATCH_SEED });
    const found = patchDistance({ real: cut(real), fake: cut(fake), directions: DIRECTIONS, seed: PATCH_SEED });
    return {
      images,
      real: {},
      scores: { swd: found.mean },
      estimator: {
        levels: found.levels.map(({ side }) => side).join(', '),
        patchesPerImage: PATCHES_PER_IMAGE,
        patch: '7×7',
        directions: DIRECTIONS,
        seed: PATCH_SEED,
        unit: 'thousandths of a deviation',
      },
      uncertainty: null,
    };
  },
  'stats/v1': ({ real, fake }) => ({
    images: fake.count,
    real: statisticsOf(real),
    scores: statisticsOf(fake),
    estimator: {
      means: 'over the images',
      luminance: 'Rec. 709',
      isolatedBy: 0.25,
      highFrequency: 'above half of the highest',
    },
    uncertainty: null,
  }),
};

function statisticsOf(images: ImageSamples): Readonly<Record<string, number>> {
  const found = imageStatistics(images);
  const [red, green, blue] = found.meanColour;
  return {
    saturation: found.saturation,
    contrast: found.contrast,
    'mean-red': red,
    'mean-green': green,
    'mean-blue': blue,
    symmetry: found.symmetry,
    'high-frequency': found.highFrequency,
    checkerboard: found.checkerboard,
    'isolated-pixels': found.isolated,
    'total-variation': found.totalVariation,
  };
}

function firstImages(images: ImageSamples, count: number): ImageSamples {
  const each = images.height * images.width * images.channels;
  return { ...images, count, data: images.data.subarray(0, count * each) };
}
