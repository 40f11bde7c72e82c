import { NORMAL_QUANTILE } from '@gansweep/domain';
import { type ConstantPool, FunctionBody } from './wasm-binary.ts';

/** What a module makes of the words of a stream; the domain's `RandomStream` says what each is. */
export type RandomKind = 'uniforms' | 'normals' | 'points';

const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
const WEYL = [0x9e3779b9, 0xbb67ae85] as const;
const ROUNDS = 10;
const BLOCKS_A_TURN = 4;
const DOUBLE = 8;
/** Most numbers of a fill. */
export const FILL_NUMBERS = 1_024;
/** Numbers of the result for every turn of four blocks. */
export const NUMBERS_A_TURN = { uniforms: 16, normals: 16, points: 8 } as const satisfies Record<RandomKind, number>;

/** Working memory of a fill; results lie behind it. */
const PROBABILITIES = 8_192;
const CHOOSERS = PROBABILITIES + FILL_NUMBERS * DOUBLE;
const QUANTILES = CHOOSERS + (FILL_NUMBERS / 2) * DOUBLE;
const TAIL_BYTES = QUANTILES + FILL_NUMBERS * DOUBLE;
const TAILS = TAIL_BYTES + 16;
export const RANDOM_POOL = { start: 64, words: 1_024 } as const;
export const RESULTS = TAILS + (FILL_NUMBERS + 4) * DOUBLE;

/**
 * The functions of a module; the last one fills. Its parameters: how many turns, the first block's number, the key's two
 * words, words 1 to 3 of the counter, where the results go, whether as floats (1) or doubles (0), and for points, whose
 * results are doubles, where their uniforms go.
 * All operations are those of the domain's `philoxBlock` and `normalQuantile` in their order, so the bits are too.
 */
export function emitRandom(kind: RandomKind, pool: ConstantPool): FunctionBody[] {
  const [words, centre, tails, deliver] = [
    emitProbabilities(kind, pool),
    emitCentre(pool),
    emitTails(pool),
    emitDelivery(pool),
  ] as const;
  const functions = [words, centre, tails, deliver];
  const call = (body: FunctionBody, callee: FunctionBody): FunctionBody => body.call(functions.indexOf(callee));
  const fill = new FunctionBody(10, pool);
  const [turns, out, isFloat, choosers] = [0, 7, 8, 9] as const;
  for (let parameter = 0; parameter < 7; parameter++) fill.get(parameter);
  call(fill, words);
  const bytes = fill.local('i32');
  fill
    .get(turns)
    .i32(NUMBERS_A_TURN[kind] * DOUBLE)
    .plain('i32.mul')
    .set(bytes);
  if (kind !== 'uniforms') {
    call(fill.get(bytes), centre);
    call(fill, tails);
  }
  call(
    fill
      .i32(kind === 'uniforms' ? PROBABILITIES : QUANTILES)
      .get(bytes)
      .get(out)
      .get(isFloat),
    deliver,
  );
  if (kind === 'points') {
    fill.get(choosers).i32(CHOOSERS);
    fill
      .get(turns)
      .i32(BLOCKS_A_TURN * DOUBLE)
      .plain('i32.mul')
      .copyMemory();
  }
  return [...functions, fill];
}

const words = (...picked: readonly number[]): number[] =>
  picked.flatMap((word) => [0, 1, 2, 3].map((b) => 4 * word + b));
const vectors = (body: FunctionBody, count: number): number[] =>
  Array.from({ length: count }, () => body.local('v128'));

/** Philox, four blocks at a time, as doubles in (0, 1): all four of a block's, or the last two and the first apart. */
function emitProbabilities(kind: RandomKind, pool: ConstantPool): FunctionBody {
  const body = new FunctionBody(7, pool);
  const [turn, out, choosers, position] = [body.local('i32'), body.local('i32'), body.local('i32'), body.local('v128')];
  const counter = vectors(body, 4) as [number, number, number, number];
  const keys = vectors(body, 2) as [number, number];
  body.i32(PROBABILITIES).set(out).i32(CHOOSERS).set(choosers);
  // First, first + 1, …: each lane is raised by one as often as its number says.
  body.get(1).vector('i32x4.splat').set(position);
  for (const lane of [1, 2, 3]) {
    body.words(0).words(1).firstLanes(lane).vector('v128.bitselect');
    body.get(position).vector('i32x4.add').set(position);
  }
  const multiply = (x: number, multiplier: number): { readonly high: number; readonly low: number } => {
    const [high, low, even, odd] = vectors(body, 4) as [number, number, number, number];
    body.get(x).words(multiplier).vector('i64x2.extmul_low_i32x4_u').set(even);
    body.get(x).words(multiplier).vector('i64x2.extmul_high_i32x4_u').set(odd);
    body
      .get(even)
      .get(odd)
      .shuffle(words(1, 3, 5, 7))
      .set(high);
    body
      .get(even)
      .get(odd)
      .shuffle(words(0, 2, 4, 6))
      .set(low);
    return { high, low };
  };
  const store = (row: number, half: 0 | 1, at: number, offset: number, lanes: 1 | 2): void => {
    const p = body.local('v128');
    body.get(row);
    if (half === 1) body.get(row).shuffle(words(2, 3, 2, 3));
    body.vector('f64x2.convert_low_i32x4_u').doubles(0.5).vector('f64x2.add');
    body
      .doubles(2 ** -32)
      .vector('f64x2.mul')
      .set(p);
    body.store((b) => b.get(at), p, lanes === 1 ? 2 : 4, offset);
  };
  body.loopUntil(turn, 0, () => {
    body.get(position).set(counter[0]);
    for (const i of [1, 2, 3] as const)
      body
        .get(3 + i)
        .vector('i32x4.splat')
        .set(counter[i]);
    for (const i of [0, 1] as const)
      body
        .get(2 + i)
        .vector('i32x4.splat')
        .set(keys[i]);
    for (let round = 0; round < ROUNDS; round++) {
      const [first, second] = [multiply(counter[0], MULTIPLIERS[0]), multiply(counter[2], MULTIPLIERS[1])];
      body.get(second.high).get(counter[1]).vector('v128.xor').get(keys[0]).vector('v128.xor').set(counter[0]);
      body.get(second.low).set(counter[1]);
      body.get(first.high).get(counter[3]).vector('v128.xor').get(keys[1]).vector('v128.xor').set(counter[2]);
      body.get(first.low).set(counter[3]);
      for (const i of [0, 1] as const) body.get(keys[i]).words(WEYL[i]).vector('i32x4.add').set(keys[i]);
    }
    // Four words of a block stand behind one another.
    const [pair0, pair1, pair2, pair3, row] = vectors(body, 5) as [number, number, number, number, number];
    const mix = (a: number, b: number, picked: number[], to: number): void => {
      body.get(a).get(b).shuffle(picked).set(to);
    };
    mix(counter[0], counter[1], words(0, 4, 1, 5), pair0);
    mix(counter[2], counter[3], words(0, 4, 1, 5), pair1);
    mix(counter[0], counter[1], words(2, 6, 3, 7), pair2);
    mix(counter[2], counter[3], words(2, 6, 3, 7), pair3);
    const blocks = [
      [pair0, pair1, words(0, 1, 4, 5)],
      [pair0, pair1, words(2, 3, 6, 7)],
      [pair2, pair3, words(0, 1, 4, 5)],
      [pair2, pair3, words(2, 3, 6, 7)],
    ] as const;
    blocks.forEach(([a, b, picked], block) => {
      mix(a, b, picked, row);
      if (kind === 'points') {
        store(row, 0, choosers, block * DOUBLE, 1);
        store(row, 1, out, 2 * block * DOUBLE, 2);
      } else for (const half of [0, 1] as const) store(row, half, out, (4 * block + 2 * half) * DOUBLE, 2);
    });
    body
      .get(out)
      .i32(NUMBERS_A_TURN[kind] * DOUBLE)
      .plain('i32.add')
      .set(out);
    body
      .get(choosers)
      .i32(BLOCKS_A_TURN * DOUBLE)
      .plain('i32.add')
      .set(choosers);
    body.get(position).words(BLOCKS_A_TURN).vector('i32x4.add').set(position);
  });
  return body;
}

/** Vectors whose chains of operations are written in turn: a processor sees too little of the code to mix them itself. */
const CHAINS = 4;

/**
 * Quantiles as if every probability lay in the centre, without a branch; the offsets of those that do not are listed,
 * and how many bytes the list has. The parameter is the bytes of the probabilities.
 */
function emitCentre(pool: ConstantPool): FunctionBody {
  const body = new FunctionBody(1, pool);
  const [at, bits, listed, coefficient] = [body.local('i32'), body.local('i32'), body.local('i32'), body.local('v128')];
  const chains = Array.from({ length: CHAINS }, (_, i) => {
    const [r, over, under] = vectors(body, 3) as [number, number, number];
    return { offset: i * 2 * DOUBLE, r, over, under };
  });
  /** Distance from one half. */
  const centred = (offset: number): FunctionBody =>
    body
      .get(at)
      .load(PROBABILITIES + offset)
      .doubles(0.5)
      .vector('f64x2.sub');
  const step = (polynomials: 'over' | 'under', power: number): void => {
    body.doubles(NORMAL_QUANTILE.centre[polynomials][power] as number).set(coefficient);
    for (const chain of chains) {
      const sum = chain[polynomials];
      if (power === NORMAL_QUANTILE.centre[polynomials].length - 1) body.get(coefficient).set(sum);
      else body.get(sum).get(chain.r).vector('f64x2.mul').get(coefficient).vector('f64x2.add').set(sum);
    }
  };
  body.loopUntil(
    at,
    0,
    () => {
      for (const { offset, r } of chains) {
        centred(offset).set(r);
        body.doubles(0.180625).get(r).get(r).vector('f64x2.mul').vector('f64x2.sub').set(r);
      }
      for (let power = NORMAL_QUANTILE.centre.over.length - 1; power >= 0; power--) {
        step('over', power);
        step('under', power);
      }
      for (const { offset, over, under, r } of chains) {
        centred(offset).get(over).vector('f64x2.mul').get(under).vector('f64x2.div').set(r);
        body.store((b) => b.get(at), r, 4, QUANTILES + offset);
      }
      for (const { offset } of chains) {
        centred(offset).vector('f64x2.abs').doubles(0.425).vector('f64x2.gt').vector('i64x2.bitmask').set(bits);
        body.get(listed).get(at).i32(offset).plain('i32.add').storeWord(TAILS);
        body.get(listed).get(bits).i32(1).plain('i32.and').i32(2).plain('i32.shl').plain('i32.add').set(listed);
        body
          .get(listed)
          .get(at)
          .i32(offset + DOUBLE)
          .plain('i32.add')
          .storeWord(TAILS);
        body.get(listed).get(bits).i32(1).plain('i32.shr_u').i32(2).plain('i32.shl').plain('i32.add').set(listed);
      }
    },
    CHAINS * 2 * DOUBLE,
  );
  body.i32(TAIL_BYTES).get(listed).storeWord();
  return body;
}

/** Pairs of tails that are computed in turn. */
const TAIL_CHAINS = 2;

/**
 * The quantiles of the listed probabilities, in pairs. Words of 32 bits stay above e⁻²⁵, so the far tail has no part in
 * it.
 */
function emitTails(pool: ConstantPool): FunctionBody {
  const body = new FunctionBody(0, pool);
  const [at, bytes, last] = [body.local('i32'), body.local('i32'), body.local('i32')];
  const { over, under } = NORMAL_QUANTILE.tail;
  const chains = Array.from({ length: TAIL_CHAINS }, (_, i) => {
    const [p, isLow, x, sum, under, exponent] = vectors(body, 6) as [number, number, number, number, number, number];
    const [first, second] = [body.local('i32'), body.local('i32')];
    return { listed: TAILS + i * 8, first, second, p, isLow, x, sum, under, exponent };
  });
  const each = (step: (chain: (typeof chains)[number]) => void): void => chains.forEach(step);
  /** Horner's rule in x; coefficients lowest power first. */
  const polynomial = (to: 'sum' | 'under', coefficients: readonly number[]): void =>
    coefficients.toReversed().forEach((coefficient, i) => {
      each((chain) => {
        if (i > 0) body.get(chain[to]).get(chain.x).vector('f64x2.mul');
        body.doubles(coefficient);
        if (i > 0) body.vector('f64x2.add');
        body.set(chain[to]);
      });
    });
  body.i32(TAIL_BYTES).loadWord().tee(bytes);
  body.ifTrue(() => {
    // What is missing to whole turns is the last one again.
    body.get(bytes).i32(4).plain('i32.sub').loadWord(TAILS).set(last);
    for (let i = 0; i < 2 * TAIL_CHAINS - 1; i++)
      body
        .get(bytes)
        .get(last)
        .storeWord(TAILS + 4 * i);
    body.loopUntil(
      at,
      bytes,
      () => {
        each(({ listed, first, second, p, isLow, x, exponent }) => {
          body
            .get(at)
            .loadWord(listed)
            .set(first)
            .get(at)
            .loadWord(listed + 4)
            .set(second);
          body.get(first).loadPair(PROBABILITIES).set(p);
          body.get(second).i32(PROBABILITIES).plain('i32.add').loadSecond(p).set(p);
          body.get(p).doubles(0.5).vector('f64x2.sub').doubles(0).vector('f64x2.lt').set(isLow);
          body.get(p).doubles(1).get(p).vector('f64x2.sub').get(isLow).vector('v128.bitselect').set(p);
          emitLogarithmParts(body, p, { exponent, ratio: x });
        });
        // Natural logarithm: exponent · log 2 + 2s · Σ s²ᵏ / (2k + 1).
        each(({ x, p }) => void body.get(x).set(p).get(x).get(x).vector('f64x2.mul').set(x));
        polynomial('sum', LOGARITHM_SERIES);
        each(({ p, sum, exponent, x }) => {
          body.doubles(2).get(p).vector('f64x2.mul').get(sum).vector('f64x2.mul');
          body.get(exponent).doubles(Math.LN2).vector('f64x2.mul').vector('f64x2.add');
          body.vector('f64x2.neg').vector('f64x2.sqrt').doubles(1.6).vector('f64x2.sub').set(x);
        });
        polynomial('sum', over);
        polynomial('under', under);
        each(({ first, second, isLow, sum, under: divisor, x }) => {
          body.get(sum).get(divisor).vector('f64x2.div').set(x);
          body.get(x).vector('f64x2.neg').get(x).get(isLow).vector('v128.bitselect').set(x);
          body.get(first).i32(QUANTILES).plain('i32.add').storeDoubleOf(x, 0);
          body.get(second).i32(QUANTILES).plain('i32.add').storeDoubleOf(x, 1);
        });
      },
      8 * TAIL_CHAINS,
    );
  });
  return body;
}

const LOGARITHM_SERIES = Array.from({ length: 13 }, (_, k) => 1 / (2 * k + 1));

/** Of positive normal doubles in [2^e · √½, 2^e · √2]: e, and s = (m − 1) / (m + 1) of what is left. */
function emitLogarithmParts(
  body: FunctionBody,
  x: number,
  { exponent, ratio }: { readonly exponent: number; readonly ratio: number },
): void {
  const [mantissa, isLarge] = vectors(body, 2) as [number, number];
  body.get(x).i32(52).vector('i64x2.shr_u').set(exponent);
  body
    .get(exponent)
    .get(exponent)
    .shuffle(words(0, 2, 0, 2))
    .vector('f64x2.convert_low_i32x4_s');
  body.doubles(1023).vector('f64x2.sub').set(exponent);
  // The bits of 1.0 with x's fraction.
  body.get(x).doubles(FRACTION).vector('v128.and').doubles(1).vector('v128.or').set(mantissa);
  body.get(mantissa).doubles(Math.SQRT2).vector('f64x2.gt').set(isLarge);
  body.get(mantissa).doubles(0.5).vector('f64x2.mul').get(mantissa).get(isLarge).vector('v128.bitselect').set(mantissa);
  body.get(exponent).doubles(1).get(isLarge).vector('v128.and').vector('f64x2.add').set(exponent);
  body.get(mantissa).doubles(1).vector('f64x2.sub').get(mantissa).doubles(1).vector('f64x2.add');
  body.vector('f64x2.div').set(ratio);
}

/** The double whose bits are the 52 of the fraction. */
const FRACTION = new Float64Array(BigUint64Array.of((1n << 52n) - 1n).buffer)[0] as number;

/** Doubles to where they are wanted, copied (0) or rounded to floats (1): source, bytes, target, which. */
function emitDelivery(pool: ConstantPool): FunctionBody {
  const body = new FunctionBody(4, pool);
  const at = body.local('i32');
  const floats = body.local('v128');
  const isFloat = body.local('i32');
  body.get(3).tee(isFloat);
  body.ifTrue(() => {
    const target = body.local('i32');
    body.get(2).set(target);
    body.loopUntil(
      at,
      1,
      () => {
        body.get(0).get(at).plain('i32.add').load().vector('f32x4.demote_f64x2_zero');
        body
          .get(0)
          .get(at)
          .plain('i32.add')
          .load(2 * DOUBLE)
          .vector('f32x4.demote_f64x2_zero');
        body.shuffle(words(0, 1, 4, 5)).set(floats);
        body.store((b) => b.get(target), floats, 4);
        body.get(target).i32(16).plain('i32.add').set(target);
      },
      4 * DOUBLE,
    );
  });
  body.i32(1).get(isFloat).plain('i32.sub');
  body.ifTrue(() => {
    body.get(2).get(0).get(1).copyMemory();
  });
  return body;
}
