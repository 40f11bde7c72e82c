import { type ImageSamples, randomStream, STREAMS } from '@gansweep/domain';
import { numberList } from '@gansweep/program';
import { laplacianPyramid, pyramidSides } from './laplacian-pyramid.ts';

const SMALLEST_SIDE = 16;
const PATCH = 7;
/** Written as published: thousandths. */
const SCALE = 1_000;

export interface PatchSettings {
  readonly patchesPerImage: number;
  readonly directions: number;
  readonly seed: number;
}

/** Patches of one level, standardised channel by channel, one sorted list of projections a direction. */
interface Level {
  readonly side: number;
  readonly lists: readonly Float64Array[];
}

/** What one side of a comparison looks like at each level of its pyramid. */
export interface PatchProjections {
  readonly levels: readonly Level[];
  readonly patches: number;
}

/**
 * Projects 7×7 patches of the levels of a Laplacian pyramid (down to 16 pixels) on random directions. Places and
 * directions follow from the seed, so two sides of equal size are cut at the same places.
 */
export function patchProjections(images: ImageSamples, settings: PatchSettings): PatchProjections {
  const { patchesPerImage, directions, seed } = settings;
  if (images.height !== images.width || images.width < PATCH)
    throw new RangeError(
      `patches are cut from squares of ${PATCH} pixels or more, not ${images.height}×${images.width}`,
    );
  const random = randomStream(seed, STREAMS.patches);
  const sides = pyramidSides(images.width, SMALLEST_SIDE);
  const length = images.channels * PATCH * PATCH;
  const patches = images.count * patchesPerImage;
  const cut = sides.map(() => new Float32Array(patches * length));
  const places = new Float64Array(2 * sides.length * patchesPerImage);
  for (let image = 0; image < images.count; image++) {
    random.uniforms(image, places);
    for (let channel = 0; channel < images.channels; channel++) {
      const levels = laplacianPyramid(planeOf(images, image, channel), SMALLEST_SIDE);
      levels.forEach(({ width, data }, level) => {
        const out = cut[level] as Float32Array;
        for (let patch = 0; patch < patchesPerImage; patch++) {
          const at = 2 * (level * patchesPerImage + patch);
          const left = Math.floor((places[at] as number) * (width - PATCH + 1));
          const top = Math.floor((places[at + 1] as number) * (width - PATCH + 1));
          let to = (image * patchesPerImage + patch) * length + channel * PATCH * PATCH;
          for (let y = 0; y < PATCH; y++)
            for (let x = 0; x < PATCH; x++) out[to++] = data[(top + y) * width + left + x] as number;
        }
      });
    }
  }
  const list = numberList(patches);
  return {
    patches,
    levels: sides.map((side, level) => {
      const values = cut[level] as Float32Array;
      standardise(values, images.channels);
      const vector = new Float64Array(length);
      return {
        side,
        lists: Array.from({ length: directions }, (_, direction) => {
          random.normals(DIRECTION_DRAWS + level * directions + direction, vector);
          project(values, unit(vector), list.values);
          list.sort();
          return list.values.slice();
        }),
      };
    }),
  };
}

/** Draws of the stream: places from 0, directions far behind. */
const DIRECTION_DRAWS = 2 ** 24;

export interface PatchDistance {
  /** Distance of each level, in thousandths of the patches' deviation. */
  readonly levels: readonly { readonly side: number; readonly distance: number }[];
  readonly mean: number;
}

/**
 * Sliced Wasserstein-1 distance of image patches, level by level, ×10³.
 * @see Karras et al. (2018), "Progressive growing of GANs", arXiv:1710.10196, §5.
 */
export function patchDistance({
  real,
  fake,
}: {
  readonly real: PatchProjections;
  readonly fake: PatchProjections;
}): PatchDistance {
  if (real.patches !== fake.patches || real.levels.length !== fake.levels.length)
    throw new RangeError(`${real.patches} patches of the reals against ${fake.patches} of the fakes`);
  const levels = real.levels.map(({ side, lists }, level) => {
    const others = fake.levels[level]?.lists ?? [];
    const total = lists.reduce((sum, list, direction) => sum + meanGap(list, others[direction] as Float64Array), 0);
    return { side, distance: (SCALE * total) / lists.length };
  });
  return { levels, mean: levels.reduce((sum, { distance }) => sum + distance, 0) / levels.length };
}

function planeOf({ height, width, channels, data }: ImageSamples, image: number, channel: number) {
  const pixels = height * width;
  return {
    height,
    width,
    data: Float64Array.from({ length: pixels }, (_, i) => data[(image * pixels + i) * channels + channel] as number),
  };
}

/** Mean 0 and deviation 1 over all patches and pixels of a channel; a constant channel becomes 0. */
function standardise(patches: Float32Array, channels: number): void {
  const area = PATCH * PATCH;
  for (let channel = 0; channel < channels; channel++) {
    const each = (see: (at: number) => void): void => {
      for (let start = channel * area; start < patches.length; start += channels * area)
        for (let i = 0; i < area; i++) see(start + i);
    };
    const count = patches.length / channels;
    let [sum, squares] = [0, 0];
    each((at) => {
      sum += patches[at] as number;
    });
    const mean = sum / count;
    each((at) => {
      squares += ((patches[at] as number) - mean) ** 2;
    });
    const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares / count);
    each((at) => {
      patches[at] = ((patches[at] as number) - mean) * scale;
    });
  }
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / length);
}

function project(patches: Float32Array, direction: Float64Array, out: Float64Array): void {
  const length = direction.length;
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let k = 0, at = i * length; k < length; k++, at++) sum += (patches[at] as number) * (direction[k] as number);
    out[i] = sum;
  }
}

function meanGap(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum / a.length;
}
