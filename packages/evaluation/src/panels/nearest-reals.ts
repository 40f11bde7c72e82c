import type { ImageReals, ImageSamples } from '@gansweep/domain';
import { drawImageGrid } from '../render/image-grid.ts';
import { featuresOf, featuresPerImage } from '../sample-measures.ts';
import { COLUMNS, cut, imagesOf, joined } from './image-panel.ts';
import { type Panel, rounded, type SamplePanelMaker } from './panel.ts';

const ROWS = 3;
/** Training images that are looked through, at even positions. */
const TRAINED_MAX = 10_000;
const PART = 500;

/** Generated images, and below each the training image that is nearest to it. */
export const nearestReals: SamplePanelMaker = {
  fits: ({ trained }) => trained !== null,
  make: async ({ trained, made }): Promise<Panel> => {
    if (!trained) throw new TypeError('this panel is of images');
    const all = imagesOf(await made(ROWS * COLUMNS));
    const fakes = cut(all, 0, Math.min(all.count, ROWS * COLUMNS));
    const { positions, distances } = nearest(fakes, trained);
    const reals = imagesAt(trained, positions);
    const strips = Array.from({ length: Math.ceil(fakes.count / COLUMNS) }, (_, row) => {
      const [first, length] = [row * COLUMNS, Math.min(COLUMNS, fakes.count - row * COLUMNS)];
      return [cut(fakes, first, length), cut(reals, first, length)];
    });
    return {
      picture: drawImageGrid(joined(strips.flat())),
      data: {
        trained: Math.min(trained.count, TRAINED_MAX),
        // Numbers of the training images, and the root mean square differences of their grey cells in 0…1.
        positions: [...positions],
        distances: rounded(distances, 4),
      },
    };
  },
};

/** The nearest training image of each fake, by its grey cells. */
function nearest(
  fakes: ImageSamples,
  trained: ImageReals,
): { readonly positions: Uint32Array; readonly distances: Float64Array } {
  const cells = featuresPerImage(trained);
  const wanted = featuresOf(fakes);
  const positions = new Uint32Array(fakes.count);
  const least = new Float64Array(fakes.count).fill(Number.POSITIVE_INFINITY);
  const count = Math.min(trained.count, TRAINED_MAX);
  const looked = Uint32Array.from({ length: count }, (_, i) => Math.floor((i * trained.count) / count));
  for (let from = 0; from < count; from += PART) {
    const part = looked.subarray(from, from + PART);
    const features = featuresOf(imagesAt(trained, part));
    part.forEach((position, i) => {
      for (let fake = 0; fake < fakes.count; fake++) {
        const bound = least[fake] as number;
        let sum = 0;
        for (let cell = 0; cell < cells && sum < bound; cell++)
          sum += ((wanted[fake * cells + cell] as number) - (features[i * cells + cell] as number)) ** 2;
        if (sum >= bound) continue;
        least[fake] = sum;
        positions[fake] = position;
      }
    });
  }
  return { positions, distances: least.map((sum) => Math.sqrt(sum / cells) / 255) };
}

function imagesAt(trained: ImageReals, positions: Uint32Array): ImageSamples {
  const { height, width, channels } = trained;
  const data = new Uint8Array(positions.length * height * width * channels);
  trained.copy(positions, data);
  return { kind: 'images', count: positions.length, height, width, channels, data };
}
