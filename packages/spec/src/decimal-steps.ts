/** A finite double as an exact decimal: digits · 10^exponent, from its shortest form. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** Equidistant values, counted without rounding errors. */
export interface DecimalSteps {
  readonly count: bigint;
  /** The k-th value, from 0: the double nearest to the exact decimal. */
  at(k: number): number;
  /** Position of a value, or null where it is not one of them. */
  indexOf(value: number): number | null;
}

/**
 * min, min + q, … up to max. In decimals, because 0.3 / 0.1 is below 3 in doubles and the last value would be lost.
 * @param range min ≤ max and q > 0, all finite.
 */
export function decimalSteps(range: { readonly min: number; readonly max: number; readonly q: number }): DecimalSteps {
  const [min, max, q] = [range.min, range.max, range.q].map(decimalOf) as [Decimal, Decimal, Decimal];
  const exponent = Math.min(min.exponent, max.exponent, q.exponent);
  const scaled = (value: Decimal): bigint => value.digits * 10n ** BigInt(value.exponent - exponent);
  const start = scaled(min);
  const step = scaled(q);
  const count = (scaled(max) - start) / step + 1n;
  const at = (k: number): number => Number(`${start + BigInt(k) * step}e${exponent}`);
  return {
    count,
    at,
    indexOf: (value) => {
      const k = Math.round((value - range.min) / range.q);
      return k >= 0 && BigInt(k) < count && at(k) === value ? k : null;
    },
  };
}

function decimalOf(value: number): Decimal {
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}
