import type { PlaneLaw, Samples } from '@gansweep/domain';
import { encode } from 'fast-png';
import { drawImageGrid } from './image-grid.ts';
import type { Picture } from './picture.ts';
import { drawPointPlot } from './point-plot.ts';

/**
 * A picture of samples for a person: the first 64 images as a grid, or points as a density plot.
 * @param law box and modes of the plot; needed for points only. @returns the bytes of a PNG file.
 */
export function renderSamples(samples: Samples, law?: PlaneLaw): Uint8Array {
  switch (samples.kind) {
    case 'images':
      return toPng(drawImageGrid(samples));
    case 'points':
      if (law === undefined) throw new Error('points need the law that they imitate');
      return toPng(drawPointPlot(samples, law));
  }
}

function toPng({ width, height, channels, data, palette }: Picture): Uint8Array {
  // A quick level: a plot is a fifth larger than at the best one, and made in a fraction of the time.
  const zlib = { level: 1 } as const;
  const picture = { width, height, channels, depth: 8, data } as const;
  return palette
    ? encode({ ...picture, palette: palette.map((colour) => [...colour]) }, { zlib })
    : encode(picture, { zlib });
}
