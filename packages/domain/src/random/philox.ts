import { normalQuantile } from './normal-quantile.ts';

/**
 * Counter-based randomness: Philox4x32-10. A draw is a pure function of (seed, stream, counter), so a resumed run
 * needs no generator state and every executor sees the same numbers.
 * @see Salmon et al. (2011), "Parallel random numbers: as easy as 1, 2, 3", SC11.
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** High 32 bits of the unsigned product of two 32-bit words, from four 16-bit products. */
function highProduct(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const cross = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (cross & 0xffff);
  return (aHigh * bHigh + Math.floor(cross / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/** One block: writes four 32-bit words for a counter of four words under a key of two words into `out[at…at+3]`. */
export function philoxBlock(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
  out: Uint32Array,
  at: number,
): void {
  let [x0, x1, x2, x3] = counter;
  let [key0, key1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = highProduct(MULTIPLIER_0, x0);
    const low0 = Math.imul(MULTIPLIER_0, x0);
    const high1 = highProduct(MULTIPLIER_1, x2);
    const low1 = Math.imul(MULTIPLIER_1, x2);
    x0 = (high1 ^ x1 ^ key0) >>> 0;
    x1 = low1 >>> 0;
    x2 = (high0 ^ x3 ^ key1) >>> 0;
    x3 = low0 >>> 0;
    key0 = (key0 + WEYL_0) >>> 0;
    key1 = (key1 + WEYL_1) >>> 0;
  }
  out[at] = x0;
  out[at + 1] = x1;
  out[at + 2] = x2;
  out[at + 3] = x3;
}

/** What points of the plane are made of: for each a uniform in (0, 1), `[n]`, and two standard normals, `[n, 2]`. */
export interface PointNumbers {
  readonly uniforms: Float64Array;
  readonly normals: Float64Array;
}

/**
 * A stream of random numbers addressed by position: (seed, stream) is the key, (draw, block) the counter. `draw` numbers
 * the call (for example the update), from 0. Where a length is given the result holds as many consecutive draws of it
 * as it has room for, from `draw` on, else one.
 */
export interface RandomStream {
  /** Fills with uniform 32-bit words. */
  words(draw: number, out: Uint32Array): void;
  /** Fills with uniforms in (0, 1): (word + ½) / 2³². */
  uniforms(draw: number, out: Float32Array | Float64Array, length?: number): void;
  /** Fills with standard normals. */
  normals(draw: number, out: Float32Array | Float64Array, length?: number): void;
  /** Fills with the numbers of points, four words each: the uniform's, an unused one, the normals'. */
  points(draw: number, out: PointNumbers, length?: number): void;
}

/**
 * @param seed integer in [0, 2⁵³). @param stream small integer naming the purpose; two purposes never share one.
 */
export function randomStream(seed: number, stream: number): RandomStream {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`seed must be an integer in [0, 2^53), not ${seed}`);
  const key = [seed >>> 0, Math.imul(stream + 1, WEYL_0) >>> 0] as const;
  const seedHigh = Math.floor(seed / 2 ** 32) >>> 0;
  const block = new Uint32Array(4);
  const words = (draw: number, out: Uint32Array): void => {
    const drawLow = draw >>> 0;
    const drawHigh = (Math.floor(draw / 2 ** 32) ^ Math.imul(seedHigh, MULTIPLIER_1)) >>> 0;
    for (let i = 0, position = 0; i < out.length; i += 4, position++) {
      const counter = [position, drawLow, drawHigh, stream] as const;
      if (i + 4 <= out.length) philoxBlock(counter, key, out, i);
      else {
        philoxBlock(counter, key, block, 0);
        out.set(block.subarray(0, out.length - i), i);
      }
    }
  };
  let scratch = new Uint32Array(0);
  const scratchWords = (draw: number, length: number): Uint32Array => {
    if (scratch.length < length) scratch = new Uint32Array(length);
    const view = scratch.subarray(0, length);
    words(draw, view);
    return view;
  };
  const fill = (
    draw: number,
    out: Float32Array | Float64Array,
    length: number,
    numberOf: (word: number) => number,
  ): void => {
    for (let start = 0; start < out.length; start += length) {
      const count = Math.min(length, out.length - start);
      const source = scratchWords(draw + start / length, count);
      for (let i = 0; i < count; i++) out[start + i] = numberOf(source[i] as number);
    }
  };
  return {
    words,
    uniforms: (draw, out, length = out.length) => fill(draw, out, length, uniformOf),
    normals: (draw, out, length = out.length) => fill(draw, out, length, (word) => normalQuantile(uniformOf(word))),
    points: (draw, { uniforms, normals }, length = uniforms.length) => {
      const numbers = new Float64Array(4 * uniforms.length);
      fill(draw, numbers, 4 * length, uniformOf);
      for (let i = 0; i < uniforms.length; i++) {
        uniforms[i] = numbers[4 * i] as number;
        normals[2 * i] = normalQuantile(numbers[4 * i + 2] as number);
        normals[2 * i + 1] = normalQuantile(numbers[4 * i + 3] as number);
      }
    },
  };
}

function uniformOf(word: number): number {
  return (word + 0.5) / 2 ** 32;
}
