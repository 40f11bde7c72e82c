import type { PlaneLaw, Samples } from '@gansweep/domain';
import { encodePng } from './encode-png.ts';
import { drawImageGrid } from './image-grid.ts';
import { drawPointPlot } from './point-plot.ts';

/**
 * A picture of samples for a person: the first 196 images as a grid, or points as a density plot.
 * @param law box and modes of the plot; needed for points only. @returns the bytes of a PNG file.
 */
export function renderSamples(samples: Samples, law?: PlaneLaw): Uint8Array {
  switch (samples.kind) {
    case 'images':
      return encodePng(drawImageGrid(samples));
    case 'points':
      if (law === undefined) throw new Error('points need the law that they imitate');
      return encodePng(drawPointPlot(samples, law));
  }
}
