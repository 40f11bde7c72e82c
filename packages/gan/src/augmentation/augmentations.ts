import { type ADA_PIPES, normalQuantile } from '@gansweep/domain';

export type Pipe = (typeof ADA_PIPES)[number];

/** A way to change images, which happens to each image or not. */
interface Augmentation {
  /** The part of the pipe that it belongs to: first letters in the names of pipes. */
  readonly part: 'b' | 'g' | 'c';
  /** Uniform draws that its values take, besides one that decides whether it happens. */
  readonly uniforms: number;
  /** What it does to an image, from draws in [0, 1). @param side of the image in pixels. */
  readonly values: (draws: readonly number[], side: number) => readonly number[];
  /** Values that leave an image as it is. */
  readonly neutral: readonly number[];
  /** It happens with probability 1 − √(1 − p) instead of p, so that one of two happens with probability p. */
  readonly isHalf?: boolean;
}

/** Largest float32 below 1: a gate below p = 1 must not be rounded up to it. */
const LARGEST_GATE = 1 - 2 ** -24;
const LARGEST_SHIFT = 0.125;
const SCALE_DEVIATION = 0.2;
const DRIFT_DEVIATION = 0.125;
const BRIGHTNESS_DEVIATION = 0.2;
const CONTRAST_DEVIATION = 0.5;
const SATURATION_DEVIATION = 1;

const angle = (uniform: number): readonly [number, number] => {
  const radians = (2 * uniform - 1) * Math.PI;
  return [Math.cos(radians), Math.sin(radians)];
};
/** Cosine and sine of whole quarter turns, exactly. */
const QUARTERS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;
const rounded = (uniform: number, side: number): number => Math.round((2 * uniform - 1) * LARGEST_SHIFT * side);
/** A factor 2^N(0, σ²). */
const factor =
  (deviation: number) =>
  ([uniform = 0]: readonly number[]): readonly number[] => [2 ** (deviation * normalQuantile(uniform))];
const coin = ([uniform = 0]: readonly number[]): readonly number[] => [uniform < 0.5 ? -1 : 1];
const turn: Augmentation['values'] = ([uniform = 0]) => angle(uniform);

/**
 * What happens to images, in this order, as adaptive discriminator augmentation has it: flips, quarter turns and shifts by
 * whole pixels; scales, turns and shifts by any amount; brightness, contrast, lightness turned over, hue and saturation.
 * @see Karras et al. (2020), section 2.3 and appendix B, arXiv:2006.06676
 */
export const AUGMENTATIONS = {
  flip: { part: 'b', uniforms: 1, values: coin, neutral: [1] },
  quarter: {
    part: 'b',
    uniforms: 1,
    values: ([uniform = 0]) => QUARTERS[Math.min(Math.floor(uniform * 4), 3)] as readonly [number, number],
    neutral: [1, 0],
  },
  shift: {
    part: 'b',
    uniforms: 2,
    values: ([x = 0, y = 0], side) => [rounded(x, side), rounded(y, side)],
    neutral: [0, 0],
  },
  scale: { part: 'g', uniforms: 1, values: factor(SCALE_DEVIATION), neutral: [1] },
  turn: { part: 'g', uniforms: 1, values: turn, neutral: [1, 0], isHalf: true },
  stretch: { part: 'g', uniforms: 1, values: factor(SCALE_DEVIATION), neutral: [1] },
  turnAgain: { part: 'g', uniforms: 1, values: turn, neutral: [1, 0], isHalf: true },
  drift: {
    part: 'g',
    uniforms: 2,
    values: ([x = 0, y = 0], side) => [x, y].map((uniform) => DRIFT_DEVIATION * side * normalQuantile(uniform)),
    neutral: [0, 0],
  },
  brightness: {
    part: 'c',
    uniforms: 1,
    values: ([uniform = 0]) => [BRIGHTNESS_DEVIATION * normalQuantile(uniform)],
    neutral: [0],
  },
  contrast: { part: 'c', uniforms: 1, values: factor(CONTRAST_DEVIATION), neutral: [1] },
  lightness: { part: 'c', uniforms: 1, values: coin, neutral: [1] },
  hue: { part: 'c', uniforms: 1, values: turn, neutral: [1, 0] },
  saturation: { part: 'c', uniforms: 1, values: factor(SATURATION_DEVIATION), neutral: [1] },
} as const satisfies Readonly<Record<string, Augmentation>>;
export type AugmentationName = keyof typeof AUGMENTATIONS;

const ALL = Object.entries(AUGMENTATIONS) as readonly (readonly [AugmentationName, Augmentation])[];

/** Whether a pipe has an augmentation. */
export function isIn(pipe: Pipe, name: AugmentationName): boolean {
  return pipe === 'blit' ? AUGMENTATIONS[name].part === 'b' : pipe.includes(AUGMENTATIONS[name].part);
}

/** Uniform draws that an image takes, whatever the pipe. */
export const UNIFORMS_PER_IMAGE = ALL.reduce((total, [, { uniforms }]) => total + 1 + uniforms, 0);

/** Where the numbers of each augmentation of a pipe are in an image's row: its gate, and its values behind it. */
export function columnsOf(pipe: Pipe): { readonly at: ReadonlyMap<AugmentationName, number>; readonly length: number } {
  const at = new Map<AugmentationName, number>();
  let length = 0;
  for (const [name, { neutral }] of ALL) {
    if (!isIn(pipe, name)) continue;
    at.set(name, length);
    length += 1 + neutral.length;
  }
  return { at, length };
}

/**
 * An image's row of numbers: for each augmentation of the pipe its gate, which it happens above, and its values.
 * @param uniforms `UNIFORMS_PER_IMAGE` draws in [0, 1). @param out takes them, `columnsOf(pipe).length` numbers.
 */
export function writeRow(
  uniforms: Float64Array,
  out: Float32Array,
  { pipe, side }: { readonly pipe: Pipe; readonly side: number },
): void {
  let from = 0;
  let to = 0;
  for (const [name, augmentation] of ALL) {
    const gate = uniforms[from] as number;
    const draws = uniforms.subarray(from + 1, from + 1 + augmentation.uniforms);
    from += 1 + augmentation.uniforms;
    if (!isIn(pipe, name)) continue;
    // p > 1 − (1 − u)² is 1 − √(1 − p) > u.
    out[to++] = Math.min(augmentation.isHalf ? 1 - (1 - gate) ** 2 : gate, LARGEST_GATE);
    for (const value of augmentation.values([...draws], side)) out[to++] = value;
  }
}
