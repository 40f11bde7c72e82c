import type { ImageReals } from '@gansweep/domain';
import { viewOf } from './image-view.ts';

/** The images of a set less `margin` pixels on each side: a view that stores nothing. Labels and classes stay, and `margin` is told. */
export function withoutMargin(images: ImageReals, margin: number): ImageReals {
  const { count, height, width, channels, labels, classes } = images;
  const [rows, columns] = [height - 2 * margin, width - 2 * margin];
  const line = columns * channels;
  const view = viewOf(images, {
    count,
    height: rows,
    width: columns,
    channels,
    parts: 1,
    partsOf: (position) => [position],
    paint: (raw, out) => {
      for (let at = 0; at < out.length; at += line) {
        const [image, row] = [Math.floor(at / (rows * line)), (at / line) % rows];
        const from = ((image * height + row + margin) * width + margin) * channels;
        out.set(raw.subarray(from, from + line), at);
      }
    },
  });
  return { ...view, margin, ...(labels && { labels }), ...(classes && { classes }) };
}
