import { bitsOf, type Leaf } from './regression-tree.ts';

/**
 * A function over levels of factors taken apart (Hoeffding 1948; Sobol' 1993): a mean, what each factor adds to it, and
 * what each pair adds beyond that; levels of a factor are equally likely, and factors independent.
 */
export interface Effects {
  readonly mean: number;
  /** [factor][level]; each factor's sum to 0. */
  readonly main: readonly Float64Array[];
  /** [pair][level of the first · levels of the second + level of the second]; rows and columns sum to 0. */
  readonly pairs: readonly Float64Array[];
}

/** Pairs of factors in the order of `Effects.pairs`. */
export function pairsOf(factorCount: number): readonly (readonly [number, number])[] {
  return Array.from({ length: factorCount }, (_, a) =>
    Array.from({ length: factorCount - a - 1 }, (_, b) => [a, a + 1 + b] as const),
  ).flat();
}

export function noEffects(levelCounts: readonly number[]): Effects {
  return {
    mean: 0,
    main: levelCounts.map((count) => new Float64Array(count)),
    pairs: pairsOf(levelCounts.length).map(
      ([a, b]) => new Float64Array((levelCounts[a] as number) * (levelCounts[b] as number)),
    ),
  };
}

/**
 * The exact effects of a tree (Hutter, Hoos and Leyton-Brown 2014, algorithm 2): a leaf adds to an effect
 * only where it confines all factors of it.
 */
export function effectsOf(leaves: readonly Leaf[], levelCounts: readonly number[]): Effects {
  const effects = noEffects(levelCounts);
  const factorCount = levelCounts.length;
  const pairAt = (a: number, b: number): number => a * factorCount - (a * (a + 1)) / 2 + (b - a - 1);
  const confined = new Int32Array(factorCount);
  const shares = new Float64Array(factorCount);
  let mean = 0;
  for (const { value, inside } of leaves) {
    let count = 0;
    let volume = 1;
    for (let j = 0; j < factorCount; j++) {
      const levels = levelCounts[j] as number;
      const held = bitsOf(inside[j] as number);
      if (held === levels) continue;
      confined[count] = j;
      shares[j] = held / levels;
      volume *= held / levels;
      count += 1;
    }
    const weighted = value * volume;
    mean += weighted;
    for (let i = 0; i < count; i++) {
      const a = confined[i] as number;
      const wordA = inside[a] as number;
      const first = weighted / (shares[a] as number);
      const main = effects.main[a] as Float64Array;
      for (let level = 0; level < main.length; level++)
        if (((wordA >>> level) & 1) === 1) main[level] = (main[level] as number) + first;
      for (let k = i + 1; k < count; k++) {
        const b = confined[k] as number;
        const wordB = inside[b] as number;
        const both = first / (shares[b] as number);
        const table = effects.pairs[pairAt(a, b)] as Float64Array;
        const width = levelCounts[b] as number;
        for (let level = 0; level < main.length; level++)
          if (((wordA >>> level) & 1) === 1)
            for (let other = 0, at = level * width; other < width; other++, at++)
              if (((wordB >>> other) & 1) === 1) table[at] = (table[at] as number) + both;
      }
    }
  }
  for (const main of effects.main) centre(main);
  for (const [p, [, b]] of pairsOf(factorCount).entries())
    centreTwice(effects.pairs[p] as Float64Array, levelCounts[b] as number);
  return { ...effects, mean };
}

/** Takes the mean away, in place. */
export function centre(values: Float64Array): void {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) - sum / values.length;
}

/** Takes the means of rows and columns away, in place. */
export function centreTwice(table: Float64Array, width: number): void {
  const height = table.length / width;
  for (let row = 0; row < height; row++) centre(table.subarray(row * width, (row + 1) * width));
  for (let column = 0; column < width; column++) {
    let sum = 0;
    for (let row = 0; row < height; row++) sum += table[row * width + column] as number;
    for (let row = 0; row < height; row++)
      table[row * width + column] = (table[row * width + column] as number) - sum / height;
  }
}

/** Mean of the products of two effects of the same factors: their covariance, since both have the mean 0. */
export function covariance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum / a.length;
}
