import type { PlaneLaw, Samples } from '@gansweep/domain';
import { encode } from 'fast-png';
import { drawImageGrid } from './image-grid.ts';
import { drawPointPlot } from './point-plot.ts';

/** Pixels to encode: row-major, `channels` bytes each (1 grey, 3 RGB). */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

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

function toPng({ width, height, channels, data }: Picture): Uint8Array {
  return encode({ width, height, channels, depth: 8, data });
}
