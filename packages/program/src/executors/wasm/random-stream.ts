import { type RandomStream, randomStream } from '@gansweep/domain';
import { emitRandom, FILL_NUMBERS, NUMBERS_A_TURN, RANDOM_POOL, type RandomKind, RESULTS } from './emit-random.ts';
import { engine, type WasmMemory } from './engine.ts';
import { ConstantPool, moduleBytes } from './wasm-binary.ts';

const KEY_STEP = 0x9e3779b9;
const SEED_MULTIPLIER = 0xcd9e8d57;
const PAGE = 65_536;
/** Room for what a fill writes beyond the numbers that are wanted. */
const SLACK = 256;
/** Draws shorter than this are made as fast without. */
const FEW = 32;

/** `randomStream` of the domain by WebAssembly, two numbers at a time: the same to the last bit, many times as fast. */
export function fastRandomStream(seed: number, stream: number): RandomStream {
  const plain = randomStream(seed, stream);
  const key1 = Math.imul(stream + 1, KEY_STEP);
  const seedHigh = Math.floor(seed / 2 ** 32) >>> 0;
  /** Fills of draws of `length` numbers, `count` in all. @returns where the results lie, and where those of a second kind do. */
  const drawn = (
    kind: RandomKind,
    draw: number,
    { count, length, bytesEach }: { readonly count: number; readonly length: number; readonly bytesEach: 4 | 8 },
  ): { readonly memory: WasmMemory; readonly secondStart: number } => {
    const { fill, memory } = filler(kind);
    const secondStart = RESULTS + Math.ceil((count * bytesEach + SLACK) / 8) * 8;
    const missing = secondStart + (kind === 'points' ? count * 4 : 0) + SLACK - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    const eachTurn = NUMBERS_A_TURN[kind];
    for (let start = 0, number = draw; start < count; start += length, number++) {
      const drawHigh = Math.floor(number / 2 ** 32) ^ Math.imul(seedHigh, SEED_MULTIPLIER);
      const wanted = Math.min(length, count - start);
      for (let done = 0; done < wanted; done += FILL_NUMBERS) {
        const turns = Math.ceil(Math.min(FILL_NUMBERS, wanted - done) / eachTurn);
        const at = start + done;
        const block = (done / eachTurn) * 4;
        const out = RESULTS + at * bytesEach;
        fill(
          turns,
          block,
          seed | 0,
          key1,
          number | 0,
          drawHigh,
          stream,
          out,
          bytesEach === 4 ? 1 : 0,
          secondStart + at * 4,
        );
      }
    }
    return { memory, secondStart };
  };
  const numbers =
    (kind: 'uniforms' | 'normals') =>
    (draw: number, out: Float32Array | Float64Array, length = out.length): void => {
      if (length < FEW) {
        plain[kind](draw, out, length);
        return;
      }
      const ofFloats = out instanceof Float32Array;
      const { memory } = drawn(kind, draw, { count: out.length, length, bytesEach: ofFloats ? 4 : 8 });
      out.set(new (ofFloats ? Float32Array : Float64Array)(memory.buffer, RESULTS, out.length));
    };
  return {
    words: plain.words,
    uniforms: numbers('uniforms'),
    normals: numbers('normals'),
    points: (draw, out, length = out.uniforms.length) => {
      if (2 * length < FEW) {
        plain.points(draw, out, length);
        return;
      }
      const size = { count: out.normals.length, length: 2 * length, bytesEach: 8 } as const;
      const { memory, secondStart } = drawn('points', draw, size);
      out.normals.set(new Float64Array(memory.buffer, RESULTS, out.normals.length));
      out.uniforms.set(new Float64Array(memory.buffer, secondStart, out.uniforms.length));
    },
  };
}

interface Filler {
  readonly fill: (
    turns: number,
    block: number,
    key0: number,
    key1: number,
    word1: number,
    word2: number,
    word3: number,
    out: number,
    asFloats: 0 | 1,
    secondOut: number,
  ) => void;
  readonly memory: WasmMemory;
}

const fillers = new Map<RandomKind, Filler>();

/** One instance a process for each kind: a fill is over before anybody else asks. */
function filler(kind: RandomKind): Filler {
  const known = fillers.get(kind);
  if (known) return known;
  const pool = new ConstantPool(RANDOM_POOL.start, RANDOM_POOL.words);
  const functions = emitRandom(kind, pool).map((body) => ({ parameters: body.parameters, bytes: body.bytes() }));
  const memory = new engine.Memory({ initial: 2 });
  const module = new engine.Module(moduleBytes(functions, functions.length - 1));
  const { exports } = new engine.Instance(module, { env: { memory } });
  const words = pool.words();
  new Uint32Array(memory.buffer, RANDOM_POOL.start, words.length).set(words);
  const made = { fill: exports.run as Filler['fill'], memory };
  fillers.set(kind, made);
  return made;
}
