import { NORMAL_QUANTILE, type RandomStream, randomStream } from '@gansweep/domain';
import { engine, type WasmMemory } from './engine.ts';
import { ConstantPool, FunctionBody, moduleBytes } from './wasm-binary.ts';

const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
const WEYL = [0x9e3779b9, 0xbb67ae85] as const;
const ROUNDS = 10;
const WORDS_A_TURN = 16;
const BYTES = 8;
const POOL_START = 64;
const POOL_WORDS = 256;
const OUT_START = POOL_START + POOL_WORDS * 4;
const PAGE = 65_536;
/** Draws shorter than this are made as fast without. */
const FEW = 32;

/** Normals of blocks from 0 on as doubles from `OUT_START`: turns of four blocks, key of two words, counter words 1 to 3. */
type FillNormals = (turns: number, key0: number, key1: number, word1: number, word2: number, word3: number) => void;

/**
 * `randomStream` of the domain with its normals made by WebAssembly, two at a time: the same numbers to the last bit,
 * some times as fast.
 */
export function fastRandomStream(seed: number, stream: number): RandomStream {
  const plain = randomStream(seed, stream);
  const key1 = Math.imul(stream + 1, WEYL[0]);
  const seedHigh = Math.floor(seed / 2 ** 32) >>> 0;
  return {
    words: plain.words,
    uniforms: plain.uniforms,
    normals: (draw, out) => {
      if (out.length < FEW) {
        plain.normals(draw, out);
        return;
      }
      const { fill, memory } = filler();
      const turns = Math.ceil(out.length / WORDS_A_TURN);
      const missing = OUT_START + turns * WORDS_A_TURN * BYTES - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
      const drawHigh = Math.floor(draw / 2 ** 32) ^ Math.imul(seedHigh, MULTIPLIERS[1]);
      fill(turns, seed | 0, key1, draw | 0, drawHigh, stream);
      out.set(new Float64Array(memory.buffer, OUT_START, out.length));
    },
  };
}

let made: { readonly fill: FillNormals; readonly memory: WasmMemory } | null = null;

/** One instance a process: a fill is over before anybody else asks. */
function filler(): { readonly fill: FillNormals; readonly memory: WasmMemory } {
  if (made) return made;
  const pool = new ConstantPool(POOL_START, POOL_WORDS);
  const body = emitFill(pool);
  const memory = new engine.Memory({ initial: 2 });
  const bytes = moduleBytes([{ parameters: body.parameters, bytes: body.bytes() }], 0);
  const { exports } = new engine.Instance(new engine.Module(bytes), { env: { memory } });
  const words = pool.words();
  new Uint32Array(memory.buffer, POOL_START, words.length).set(words);
  made = { fill: exports.run as FillNormals, memory };
  return made;
}

const words = (...picked: readonly number[]): number[] =>
  picked.flatMap((word) => [0, 1, 2, 3].map((b) => 4 * word + b));

/** @see the domain's `philoxBlock` and `normalQuantile`, whose operations these are, in their order. */
function emitFill(pool: ConstantPool): FunctionBody {
  const body = new FunctionBody(6, pool);
  const [turn, out, position] = [body.local('i32'), body.local('i32'), body.local('v128')];
  const vectors = (count: number): number[] => Array.from({ length: count }, () => body.local('v128'));
  const counter = vectors(4) as [number, number, number, number];
  const keys = vectors(2) as [number, number];
  body.i32(OUT_START).set(out);
  // 0, 1, 2, 3: each lane is raised by one as often as its number says.
  for (const lane of [1, 2, 3]) {
    body.words(0).words(1).firstLanes(lane).vector('v128.bitselect');
    body.get(position).vector('i32x4.add').set(position);
  }
  const multiply = (x: number, multiplier: number): { readonly high: number; readonly low: number } => {
    const [high, low] = vectors(2) as [number, number];
    body.get(x).words(multiplier).vector('i64x2.extmul_low_i32x4_u');
    body
      .get(x)
      .words(multiplier)
      .vector('i64x2.extmul_high_i32x4_u')
      .shuffle(words(1, 3, 5, 7))
      .set(high);
    body.get(x).words(multiplier).vector('i32x4.mul').set(low);
    return { high, low };
  };
  body.loopUntil(turn, 0, () => {
    body.get(position).set(counter[0]);
    for (const i of [1, 2, 3] as const)
      body
        .get(2 + i)
        .vector('i32x4.splat')
        .set(counter[i]);
    for (const i of [0, 1] as const)
      body
        .get(1 + i)
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
    const [pair0, pair1, pair2, pair3, row] = vectors(5) as [number, number, number, number, number];
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
      for (const half of [0, 1]) {
        const p = body.local('v128');
        body.get(row);
        if (half === 1) body.get(row).shuffle(words(2, 3, 2, 3));
        body.vector('f64x2.convert_low_i32x4_u').doubles(0.5).vector('f64x2.add');
        body
          .doubles(2 ** -32)
          .vector('f64x2.mul')
          .set(p);
        const z = emitQuantile(body, p);
        body.store((b2) => b2.get(out), z, 4, (block * 4 + half * 2) * BYTES);
      }
    });
    body
      .get(out)
      .i32(WORDS_A_TURN * BYTES)
      .plain('i32.add')
      .set(out);
    body.get(position).words(4).vector('i32x4.add').set(position);
  });
  return body;
}

/** Horner's rule, highest power first. */
function polynomial(body: FunctionBody, x: number, coefficients: readonly number[]): void {
  coefficients.toReversed().forEach((coefficient, i) => {
    if (i > 0) body.get(x).vector('f64x2.mul');
    body.doubles(coefficient);
    if (i > 0) body.vector('f64x2.add');
  });
}

/** Words of 32 bits stay above e⁻²⁵, so the far tail has no part in it. */
function emitQuantile(body: FunctionBody, p: number): number {
  const [q, r, z, isTail] = Array.from({ length: 4 }, () => body.local('v128')) as [number, number, number, number];
  const { centre, tail } = NORMAL_QUANTILE;
  body.get(p).doubles(0.5).vector('f64x2.sub').set(q);
  body.doubles(0.180625).get(q).get(q).vector('f64x2.mul').vector('f64x2.sub').set(r);
  body.get(q);
  polynomial(body, r, centre.over);
  body.vector('f64x2.mul');
  polynomial(body, r, centre.under);
  body.vector('f64x2.div').set(z);
  body.get(q).vector('f64x2.abs').doubles(0.425).vector('f64x2.gt').tee(isTail).vector('v128.any_true');
  body.ifTrue(() => {
    const [outer, distance, far, isLow] = Array.from({ length: 4 }, () => body.local('v128')) as [
      number,
      number,
      number,
      number,
    ];
    body.get(q).doubles(0).vector('f64x2.lt').set(isLow);
    body.get(p).doubles(1).get(p).vector('f64x2.sub').get(isLow).vector('v128.bitselect').set(outer);
    emitLogarithm(body, outer);
    body.vector('f64x2.neg').vector('f64x2.sqrt').doubles(1.6).vector('f64x2.sub').set(distance);
    polynomial(body, distance, tail.over);
    polynomial(body, distance, tail.under);
    body.vector('f64x2.div').set(far);
    body.get(far).vector('f64x2.neg').get(far).get(isLow).vector('v128.bitselect').set(far);
    body.get(far).get(z).get(isTail).vector('v128.bitselect').set(z);
  });
  return z;
}

/** Natural logarithm of positive normal doubles, left on the stack. */
function emitLogarithm(body: FunctionBody, x: number): void {
  const [exponent, mantissa, isLarge, s, square] = Array.from({ length: 5 }, () => body.local('v128')) as [
    number,
    number,
    number,
    number,
    number,
  ];
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
  body.vector('f64x2.div').set(s);
  body.get(s).get(s).vector('f64x2.mul').set(square);
  body.doubles(2).get(s).vector('f64x2.mul');
  for (let k = 25; k >= 1; k -= 2) {
    if (k < 25) body.get(square).vector('f64x2.mul');
    body.doubles(1 / k);
    if (k < 25) body.vector('f64x2.add');
  }
  body.vector('f64x2.mul').get(exponent).doubles(Math.LN2).vector('f64x2.mul').vector('f64x2.add');
}

/** The double whose bits are the 52 of the fraction. */
const FRACTION = new Float64Array(BigUint64Array.of((1n << 52n) - 1n).buffer)[0] as number;
