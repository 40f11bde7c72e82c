import type { FunctionBody } from './wasm-binary.ts';

/**
 * Transcendental functions on four floats, as straight instructions. Errors below 3 units in the last place over the
 * whole range; never fused, so that every build and processor gives the same bits.
 * @see Moshier's Cephes library, single precision: expf, logf, sinf (coefficients)
 */

/** Σ coefficients[i] · xⁱ, highest power first, left on the stack. */
function polynomial(body: FunctionBody, x: number, coefficients: readonly number[]): void {
  coefficients.forEach((coefficient, i) => {
    if (i > 0) body.get(x).vector('f32x4.mul');
    body.floats(coefficient);
    if (i > 0) body.vector('f32x4.add');
  });
}

/** e^x: 0 far below, infinite far above, NaN for NaN. */
export function exponential(body: FunctionBody, x: number): void {
  const [t, n, r, half] = [body.local('v128'), body.local('v128'), body.local('v128'), body.local('v128')];
  // pmin and pmax keep the first operand where it is NaN.
  body.get(x).floats(-104).vector('f32x4.pmax').floats(89).vector('f32x4.pmin').set(t);
  body.get(t).floats(Math.LOG2E).vector('f32x4.mul').vector('f32x4.nearest').set(n);
  body.get(t).get(n).floats(0.693359375).vector('f32x4.mul').vector('f32x4.sub');
  body.get(n).floats(-2.1219444e-4).vector('f32x4.mul').vector('f32x4.sub').set(r);
  polynomial(
    body,
    r,
    [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1],
  );
  body.get(r).get(r).vector('f32x4.mul').vector('f32x4.mul').get(r).vector('f32x4.add').floats(1).vector('f32x4.add');
  // 2ⁿ in two halves, since neither end of the range is a normal number.
  body.get(n).vector('i32x4.trunc_sat_f32x4_s').tee(n).i32(1).vector('i32x4.shr_s').set(half);
  body.get(half).words(127).vector('i32x4.add').i32(23).vector('i32x4.shl').vector('f32x4.mul');
  body.get(n).get(half).vector('i32x4.sub').words(127).vector('i32x4.add').i32(23).vector('i32x4.shl');
  body.vector('f32x4.mul');
}

/** The Cephes series of log(1 + m) for m in [√½ − 1, √2 − 1], plus `exponent` · log 2. */
function logarithmOfParts(body: FunctionBody, m: number, exponent: number): void {
  const z = body.local('v128');
  body.get(m).get(m).vector('f32x4.mul').set(z);
  polynomial(
    body,
    m,
    [
      7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
      2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    ],
  );
  body.get(m).vector('f32x4.mul').get(z).vector('f32x4.mul');
  body.get(exponent).floats(-2.1219444e-4).vector('f32x4.mul').vector('f32x4.add');
  body.get(z).floats(-0.5).vector('f32x4.mul').vector('f32x4.add');
  body.get(m).vector('f32x4.add').get(exponent).floats(0.693359375).vector('f32x4.mul').vector('f32x4.add');
}

/** Natural logarithm: −∞ at 0, NaN below, ∞ at ∞. */
export function logarithm(body: FunctionBody, x: number): void {
  const [scaled, tiny, exponent, m, low] = Array.from({ length: 5 }, () => body.local('v128')) as [
    number,
    number,
    number,
    number,
    number,
  ];
  // Denormals are brought into the normal range by 2²³ first.
  body.get(x).floats(1.17549435e-38).vector('f32x4.lt').set(tiny);
  body.get(x).floats(8388608).vector('f32x4.mul').get(x).get(tiny).vector('v128.bitselect').set(scaled);
  body.get(scaled).i32(23).vector('i32x4.shr_s').words(-126).vector('i32x4.add');
  body.get(tiny).words(-23).vector('v128.and').vector('i32x4.add').set(exponent);
  body.get(scaled).words(0x7fffff).vector('v128.and').words(0x3f000000).vector('v128.or').set(m);
  body.get(m).floats(Math.SQRT1_2).vector('f32x4.lt').set(low);
  body.get(exponent).get(low).vector('i32x4.add').vector('f32x4.convert_i32x4_s').set(exponent);
  body.get(m).get(m).get(low).vector('v128.and').vector('f32x4.add').floats(1).vector('f32x4.sub').set(m);
  logarithmOfParts(body, m, exponent);
  const result = body.local('v128');
  body.set(result).floats(Number.NEGATIVE_INFINITY).get(result);
  body.get(x).floats(0).vector('f32x4.eq').vector('v128.bitselect').set(result);
  body.floats(Number.NaN).get(result).get(x).floats(0).vector('f32x4.lt').vector('v128.bitselect').set(result);
  // Infinity and NaN stay what they are.
  body.get(result).get(x).get(x).floats(Number.POSITIVE_INFINITY).vector('f32x4.lt').vector('v128.bitselect');
}

/**
 * What logistic and softplus of one x have in common, made once where both are wanted, and for −x as well: e^−|x|,
 * 1 / (1 + e^−|x|) and log(1 + e^−|x|), each in a local.
 */
export class Decay {
  readonly #body: FunctionBody;
  readonly #x: number;
  #power: number | undefined;
  #share: number | undefined;
  #logarithm: number | undefined;

  constructor(body: FunctionBody, x: number) {
    this.#body = body;
    this.#x = x;
  }

  get power(): number {
    if (this.#power !== undefined) return this.#power;
    const body = this.#body;
    const negative = body.local('v128');
    this.#power = body.local('v128');
    body.get(this.#x).vector('f32x4.abs').vector('f32x4.neg').set(negative);
    exponential(body, negative);
    body.set(this.#power);
    return this.#power;
  }

  get share(): number {
    if (this.#share !== undefined) return this.#share;
    const { power } = this;
    this.#share = this.#body.local('v128');
    this.#body.floats(1).floats(1).get(power).vector('f32x4.add').vector('f32x4.div').set(this.#share);
    return this.#share;
  }

  /** Exact also where the power is small. */
  get logarithm(): number {
    if (this.#logarithm !== undefined) return this.#logarithm;
    const { power: e } = this;
    const body = this.#body;
    const [small, m, exponent] = [body.local('v128'), body.local('v128'), body.local('v128')];
    body
      .get(e)
      .floats(Math.SQRT2 - 1)
      .vector('f32x4.lt')
      .set(small);
    // 1 + e in [√2, 2] is taken as 2 · (1 + m), below as it is.
    body.get(e).get(e).floats(0.5).vector('f32x4.mul').floats(0.5).vector('f32x4.sub');
    body.get(small).vector('v128.bitselect').set(m);
    body.floats(0).floats(1).get(small).vector('v128.bitselect').set(exponent);
    logarithmOfParts(body, m, exponent);
    this.#logarithm = body.local('v128');
    body.set(this.#logarithm);
    return this.#logarithm;
  }
}

/** 1 / (1 + e^−x). */
export function logistic(body: FunctionBody, x: number, { power, share }: Decay): void {
  body.get(power).get(share).vector('f32x4.mul').get(share);
  body.get(x).floats(0).vector('f32x4.lt').vector('v128.bitselect');
}

/** log(1 + e^x) = max(x, 0) + log(1 + e^−|x|). */
export function softplus(body: FunctionBody, x: number, { logarithm: rest }: Decay): void {
  body.get(rest).get(x).floats(0).vector('f32x4.pmax').vector('f32x4.add');
}

/** Hyperbolic tangent by a rational function. @see Eigen, generic fast tanh for float (coefficients) */
export function hyperbolicTangent(body: FunctionBody, x: number): void {
  const [bounded, square] = [body.local('v128'), body.local('v128')];
  const limit = 7.905311107635498;
  body.get(x).floats(-limit).vector('f32x4.pmax').floats(limit).vector('f32x4.pmin').set(bounded);
  body.get(bounded).get(bounded).vector('f32x4.mul').set(square);
  polynomial(
    body,
    square,
    [
      -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8, 1.48572235717979e-5,
      6.37261928875436e-4, 4.89352455891786e-3,
    ],
  );
  body.get(bounded).vector('f32x4.mul');
  polynomial(body, square, [1.19825839466702e-6, 1.18534705686654e-4, 2.268434632439e-3, 4.89352518554385e-3]);
  body.vector('f32x4.div');
  // Below 4e-4 the cubic term is lost in rounding: tanh x = x.
  const result = body.local('v128');
  body.set(result).get(x).get(result).get(x).vector('f32x4.abs').floats(4e-4).vector('f32x4.lt');
  body.vector('v128.bitselect');
}

/** π/2 in three parts; multiples of the first two by up to 2²⁰ are exact doubles. @see fdlibm, e_rem_pio2.c */
const HALF_PI = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21] as const;

const words = (...picked: readonly number[]): number[] =>
  picked.flatMap((word) => [0, 1, 2, 3].map((b) => 4 * word + b));

/** Sine of radians. NaN of ±∞; beyond 10⁹ digits are lost as doubles lose them. */
export function sine(body: FunctionBody, x: number): void {
  circular(body, x, 0);
}

/** Cosine of radians, as good as the sine. */
export function cosine(body: FunctionBody, x: number): void {
  circular(body, x, 1);
}

/** Sine of x plus so many right angles: x is brought into [−π/4, π/4] in double precision. */
function circular(body: FunctionBody, x: number, quarters: number): void {
  const halves = [words(0, 1, 0, 1), words(2, 3, 2, 3)].map((picked) => {
    const [wide, turns, rest] = [body.local('v128'), body.local('v128'), body.local('v128')];
    body.get(x).get(x).shuffle(picked).vector('f64x2.promote_low_f32x4').set(wide);
    body
      .get(wide)
      .doubles(2 / Math.PI)
      .vector('f64x2.mul')
      .vector('f64x2.nearest')
      .set(turns);
    body.get(wide);
    for (const part of HALF_PI) body.get(turns).doubles(part).vector('f64x2.mul').vector('f64x2.sub');
    body.vector('f32x4.demote_f64x2_zero').set(rest);
    body.get(turns).vector('i32x4.trunc_sat_f64x2_s_zero').set(turns);
    return { rest, turns };
  }) as [{ rest: number; turns: number }, { rest: number; turns: number }];
  const [r, n, z, sines, cosines] = Array.from({ length: 5 }, () => body.local('v128')) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const [low, high] = halves;
  body
    .get(low.rest)
    .get(high.rest)
    .shuffle(words(0, 1, 4, 5))
    .set(r);
  body
    .get(low.turns)
    .get(high.turns)
    .shuffle(words(0, 1, 4, 5))
    .words(quarters)
    .vector('i32x4.add')
    .set(n);
  body.get(r).get(r).vector('f32x4.mul').set(z);
  polynomial(body, z, [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1]);
  body.get(z).vector('f32x4.mul').get(r).vector('f32x4.mul').get(r).vector('f32x4.add').set(sines);
  polynomial(body, z, [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2]);
  body.get(z).vector('f32x4.mul').get(z).vector('f32x4.mul');
  body.get(z).floats(0.5).vector('f32x4.mul').vector('f32x4.sub').floats(1).vector('f32x4.add').set(cosines);
  // Odd quarters swap the two, the second half of a turn changes the sign.
  body.get(cosines).get(sines).get(n).i32(31).vector('i32x4.shl').i32(31).vector('i32x4.shr_s');
  body.vector('v128.bitselect').get(n).words(2).vector('v128.and').i32(30).vector('i32x4.shl').vector('v128.xor');
}
