/**
 * Sobol sequence with the direction numbers of Joe and Kuo (new-joe-kuo-6.21201).
 * @see Joe & Kuo (2008), "Constructing Sobol sequences with better two-dimensional projections", SIAM J. Sci. Comput. 30.
 */

/** Dimensions 2 to 37: coefficients `a` of the primitive polynomial, and m_1 … m_s. The first dimension needs none. */
const JOE_KUO: readonly (readonly [a: number, m: readonly number[]])[] = [
  [0, [1]],
  [1, [1, 3]],
  [1, [1, 3, 1]],
  [2, [1, 1, 1]],
  [1, [1, 1, 3, 3]],
  [4, [1, 3, 5, 13]],
  [2, [1, 1, 5, 5, 17]],
  [4, [1, 1, 5, 5, 5]],
  [7, [1, 1, 7, 11, 19]],
  [11, [1, 1, 5, 1, 1]],
  [13, [1, 1, 1, 3, 11]],
  [14, [1, 3, 5, 5, 31]],
  [1, [1, 3, 3, 9, 7, 49]],
  [13, [1, 1, 1, 15, 21, 21]],
  [16, [1, 3, 1, 13, 27, 49]],
  [19, [1, 1, 1, 15, 7, 5]],
  [22, [1, 3, 1, 15, 13, 25]],
  [25, [1, 1, 5, 5, 19, 61]],
  [1, [1, 3, 7, 11, 23, 15, 103]],
  [4, [1, 3, 7, 13, 13, 15, 69]],
  [7, [1, 1, 3, 13, 7, 35, 63]],
  [8, [1, 3, 5, 9, 1, 25, 53]],
  [14, [1, 3, 1, 13, 9, 35, 107]],
  [19, [1, 3, 1, 5, 27, 61, 31]],
  [21, [1, 1, 5, 11, 19, 41, 61]],
  [28, [1, 3, 5, 3, 3, 13, 69]],
  [31, [1, 1, 7, 13, 1, 19, 1]],
  [32, [1, 3, 7, 5, 13, 19, 59]],
  [37, [1, 1, 3, 9, 25, 29, 41]],
  [41, [1, 3, 5, 13, 23, 1, 55]],
  [42, [1, 3, 7, 3, 13, 59, 17]],
  [50, [1, 3, 1, 3, 5, 53, 69]],
  [55, [1, 1, 5, 5, 23, 33, 13]],
  [56, [1, 1, 7, 7, 1, 61, 123]],
  [59, [1, 1, 7, 9, 13, 61, 49]],
  [62, [1, 3, 3, 5, 3, 55, 33]],
];

export const SOBOL_DIMENSIONS_MAX = JOE_KUO.length + 1;
const BITS = 32;

export interface SobolSequence {
  /** Writes point `index` (from 0, in the natural order) as 32-bit words, one a dimension. */
  words(index: number, out: Uint32Array): void;
}

/** @param dimensions at most `SOBOL_DIMENSIONS_MAX`. */
export function sobolSequence(dimensions: number): SobolSequence {
  if (dimensions > SOBOL_DIMENSIONS_MAX) throw new RangeError(`at most ${SOBOL_DIMENSIONS_MAX} dimensions`);
  const directions = Array.from({ length: dimensions }, (_, dimension) => directionNumbers(dimension));
  return {
    words: (index, out) => {
      for (let dimension = 0; dimension < dimensions; dimension++) {
        const numbers = directions[dimension] as Uint32Array;
        let word = 0;
        for (let bit = 0, rest = index; rest > 0; bit++, rest = Math.floor(rest / 2))
          if (rest % 2 === 1) word ^= numbers[bit] as number;
        out[dimension] = word;
      }
    },
  };
}

/** v_1 … v_32 of a dimension, counted from 0, as 32-bit fractions. */
function directionNumbers(dimension: number): Uint32Array {
  const v = new Uint32Array(BITS);
  const row = JOE_KUO[dimension - 1];
  if (row === undefined) {
    for (let i = 0; i < BITS; i++) v[i] = 2 ** (BITS - 1 - i);
    return v;
  }
  const [a, m] = row;
  const s = m.length;
  for (let i = 0; i < BITS; i++) {
    if (i < s) {
      v[i] = (m[i] as number) * 2 ** (BITS - 1 - i);
      continue;
    }
    const base = v[i - s] as number;
    let word = base ^ (base >>> s);
    for (let k = 1; k < s; k++) if ((a >>> (s - 1 - k)) & 1) word ^= v[i - k] as number;
    v[i] = word;
  }
  return v;
}
