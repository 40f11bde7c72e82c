import { CLASSES, type ImageReals, randomStream, STREAMS } from '@gansweep/domain';
import { viewOf } from './image-view.ts';

const CHANNELS = 3;
/** The same stacks in every run, whatever its seed. */
const SEED = 1;

/** Stacks of either split, and the draw that they come from. */
export const STACKS = { train: { count: 128_000, draw: 0 }, test: { count: 26_000, draw: 1 } } as const;

/**
 * Three digits drawn with replacement from one split of MNIST, one a channel: a set of 1,000 modes, whose labels are the
 * three digits read as one number, the first channel's first. Nothing is stored but which digits they are.
 * @see Metz et al. (2017), "Unrolled GANs", arXiv:1611.02163, §3.3.2; 128,000 training images as in Lin et al. (2018)
 */
export function stackedDigits(
  digits: ImageReals,
  { count, draw }: { readonly count: number; readonly draw: number },
): ImageReals {
  const { labels, height, width } = digits;
  if (labels === undefined || digits.channels !== 1) throw new Error('stacks are made of grey images with labels');
  const uniforms = new Float64Array(count * CHANNELS);
  randomStream(SEED, STREAMS.stackedDigits).uniforms(draw, uniforms);
  const chosen = Uint32Array.from(uniforms, (uniform) => Math.floor(uniform * digits.count));
  const partsOf = (position: number): Uint32Array => chosen.subarray(position * CHANNELS, (position + 1) * CHANNELS);
  const view = viewOf(digits, {
    count,
    height,
    width,
    channels: CHANNELS,
    parts: CHANNELS,
    partsOf,
    paint: (raw, out) => paintStacks(raw, out, height * width),
  });
  return {
    ...view,
    classes: CLASSES['stacked-mnist'],
    labels: Uint16Array.from({ length: count }, (_, position) =>
      partsOf(position).reduce((number, digit) => 10 * number + (labels[digit] as number), 0),
    ),
  };
}

/** `[n, 3, pixels]` → `[n, pixels, 3]`. */
function paintStacks(raw: Uint8Array, out: Uint8Array, pixels: number): void {
  for (let at = 0; at < out.length; at += CHANNELS * pixels)
    for (let channel = 0; channel < CHANNELS; channel++) {
      const from = at + channel * pixels;
      for (let pixel = 0; pixel < pixels; pixel++) out[at + CHANNELS * pixel + channel] = raw[from + pixel] as number;
    }
}
