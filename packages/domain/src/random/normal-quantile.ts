/**
 * The normal quantile by + − × ÷ √ only, so that every engine gives the same bits: rational approximations of
 * Wichura (1988), algorithm AS 241 (PPND16, relative error about 1e-16), with a logarithm of our own for the tails.
 */

const view = new DataView(new ArrayBuffer(8));

/** Natural logarithm of a positive normal double from its exponent and an atanh series; error below 1e-15 relative. */
function logarithm(x: number): number {
  view.setFloat64(0, x);
  let exponent = ((view.getUint16(0) >>> 4) & 0x7ff) - 1023;
  view.setUint16(0, (view.getUint16(0) & 0x000f) | 0x3ff0);
  let mantissa = view.getFloat64(0);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let series = 0;
  for (let k = 25; k >= 1; k -= 2) series = series * square + 1 / k;
  return 2 * s * series + exponent * Math.LN2;
}

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + (coefficients[i] as number);
  return sum;
}

const CENTRE_OVER = [
  3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125, 45921.953931549871457,
  67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
];
const CENTRE_UNDER = [
  1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867, 39307.89580009271061,
  28729.085735721942674, 5226.495278852545925,
];
const TAIL_OVER = [
  1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504, 1.27045825245236838258,
  0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
];
const TAIL_UNDER = [
  1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
  0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
];
const FAR_OVER = [
  6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123, 0.026532189526576123093,
  0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
];
const FAR_UNDER = [
  1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525, 7.868691311456132591e-4,
  1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
];

/** The coefficients, lowest power first, for those who evaluate the same function in another way. */
export const NORMAL_QUANTILE = {
  centre: { over: CENTRE_OVER, under: CENTRE_UNDER },
  tail: { over: TAIL_OVER, under: TAIL_UNDER },
} as const;

/** z with Φ(z) = probability. @param probability in (0, 1). */
export function normalQuantile(probability: number): number {
  const q = probability - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(CENTRE_OVER, r)) / polynomial(CENTRE_UNDER, r);
  }
  const tail = Math.sqrt(-logarithm(q < 0 ? probability : 1 - probability));
  const z =
    tail <= 5
      ? polynomial(TAIL_OVER, tail - 1.6) / polynomial(TAIL_UNDER, tail - 1.6)
      : polynomial(FAR_OVER, tail - 5) / polynomial(FAR_UNDER, tail - 5);
  return q < 0 ? -z : z;
}
