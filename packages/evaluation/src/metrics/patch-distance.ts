import { type ImageSamples, randomStream, STREAMS } from '@gansweep/domain';
import { numberList, rowPairs } from '@gansweep/program';
import type { FeatureMatrix } from './feature-matrix.ts';
import { laplacianPyramid, pyramidSides } from './laplacian-pyramid.ts';

const SMALLEST_SIDE = 16;
const PATCH = 7;
const AREA = PATCH * PATCH;
/** Written as published: thousandths. */
const SCALE = 1_000;

export interface PatchSettings {
  readonly patchesPerImage: number;
  readonly seed: number;
}

/** Patches of the levels of a set of images. */
export interface Patches {
  readonly count: number;
  /** From the finest level: `[count, length]`, standardised channel by channel; `length` is padded to a multiple of four. */
  readonly levels: readonly { readonly side: number; readonly patches: FeatureMatrix }[];
}

/**
 * Cuts 7×7 patches from the levels of Laplacian pyramids (down to 16 pixels). Places follow from the seed, so two sides of
 * equal size are cut at the same places.
 */
export function cutPatches(images: ImageSamples, { patchesPerImage, seed }: PatchSettings): Patches {
  if (images.height !== images.width || images.width < PATCH)
    throw new RangeError(
      `patches are cut from squares of ${PATCH} pixels or more, not ${images.height}×${images.width}`,
    );
  const random = randomStream(seed, STREAMS.patches);
  const sides = pyramidSides(images.width, SMALLEST_SIDE);
  const columns = 4 * Math.ceil((images.channels * AREA) / 4);
  const count = images.count * patchesPerImage;
  const cut = sides.map(() => new Float64Array(count * columns));
  const places = new Float64Array(2 * sides.length * patchesPerImage);
  for (let image = 0; image < images.count; image++) {
    random.uniforms(image, places);
    for (let channel = 0; channel < images.channels; channel++) {
      const levels = laplacianPyramid(planeOf(images, image, channel), SMALLEST_SIDE);
      levels.forEach(({ width, data }, level) => {
        const out = cut[level] as Float64Array;
        for (let patch = 0; patch < patchesPerImage; patch++) {
          const at = 2 * (level * patchesPerImage + patch);
          const left = Math.floor((places[at] as number) * (width - PATCH + 1));
          const top = Math.floor((places[at + 1] as number) * (width - PATCH + 1));
          let to = (image * patchesPerImage + patch) * columns + channel * AREA;
          for (let y = 0; y < PATCH; y++)
            for (let x = 0; x < PATCH; x++) out[to++] = data[(top + y) * width + left + x] as number;
        }
      });
    }
  }
  const levels = sides.map((side, level) => {
    const patches = { rows: count, columns, data: cut[level] as Float64Array };
    standardise(patches, images.channels);
    return { side, patches };
  });
  return { count, levels };
}

export interface PatchDistance {
  /** Distance of each level, in thousandths of the patches' deviation. */
  readonly levels: readonly { readonly side: number; readonly distance: number }[];
  readonly mean: number;
}

/**
 * Sliced Wasserstein-1 distance of image patches along seeded random directions, level by level, ×10³. One direction at
 * a time is looked at, so memory is that of the patches.
 * @see Karras et al. (2018), "Progressive growing of GANs", arXiv:1710.10196, §5.
 */
export function patchDistance({
  real,
  fake,
  directions,
  seed,
}: {
  readonly real: Patches;
  readonly fake: Patches;
  readonly directions: number;
  readonly seed: number;
}): PatchDistance {
  if (real.count !== fake.count || real.levels.length !== fake.levels.length)
    throw new RangeError(`${real.count} patches of the reals against ${fake.count} of the fakes`);
  const random = randomStream(seed, STREAMS.patches);
  const [one, other] = [numberList(real.count), numberList(real.count)];
  const levels = real.levels.map(({ side, patches }, level) => {
    const others = fake.levels[level]?.patches ?? patches;
    const along = unitRows({ rows: directions, columns: patches.columns }, (direction, out) =>
      random.normals(DIRECTION_DRAWS + level * directions + direction, out),
    );
    const [reals, fakes] = [rowPairs(along, patches), rowPairs(along, others)];
    let total = 0;
    for (let direction = 0; direction < directions; direction++) {
      one.values.set(reals.dots(direction));
      other.values.set(fakes.dots(direction));
      one.sort();
      other.sort();
      total += meanGap(one.values, other.values);
    }
    return { side, distance: (SCALE * total) / directions };
  });
  return { levels, mean: levels.reduce((sum, { distance }) => sum + distance, 0) / levels.length };
}

/** Draws of the stream: places from 0, directions far behind. */
const DIRECTION_DRAWS = 2 ** 24;

function unitRows(
  { rows, columns }: { readonly rows: number; readonly columns: number },
  fill: (row: number, out: Float64Array) => void,
): FeatureMatrix {
  const data = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const vector = data.subarray(row * columns, (row + 1) * columns);
    fill(row, vector);
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    vector.forEach((value, k) => {
      vector[k] = value / length;
    });
  }
  return { rows, columns, data };
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
function standardise({ rows, columns, data }: FeatureMatrix, channels: number): void {
  for (let channel = 0; channel < channels; channel++) {
    const each = (see: (at: number) => void): void => {
      for (let row = 0; row < rows; row++)
        for (let i = 0, at = row * columns + channel * AREA; i < AREA; i++, at++) see(at);
    };
    let [sum, squares] = [0, 0];
    each((at) => {
      sum += data[at] as number;
    });
    const mean = sum / (rows * AREA);
    each((at) => {
      squares += ((data[at] as number) - mean) ** 2;
    });
    const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares / (rows * AREA));
    each((at) => {
      data[at] = ((data[at] as number) - mean) * scale;
    });
  }
}

function meanGap(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum / a.length;
}
