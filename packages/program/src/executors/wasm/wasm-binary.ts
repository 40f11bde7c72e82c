/**
 * Writes WebAssembly modules: the instructions and sections that compiled programs need.
 * @see https://webassembly.github.io/spec/core/binary/ (encodings) and the SIMD and relaxed-SIMD proposals
 */

const I32 = 0x7f;
const LOCAL_TYPES = { i32: I32, v128: 0x7b, f64: 0x7c } as const;
type LocalType = keyof typeof LOCAL_TYPES;

/** Vector instructions by name: their number after the prefix 0xfd. */
const VECTOR = {
  'i32x4.splat': 0x11,
  'f32x4.splat': 0x13,
  'f32x4.eq': 0x41,
  'f32x4.lt': 0x43,
  'f32x4.gt': 0x44,
  'v128.and': 0x4e,
  'v128.or': 0x50,
  'v128.xor': 0x51,
  'v128.bitselect': 0x52,
  'f32x4.nearest': 0x6a,
  'i32x4.shl': 0xab,
  'i32x4.shr_s': 0xac,
  'i32x4.add': 0xae,
  'i32x4.sub': 0xb1,
  'f32x4.abs': 0xe0,
  'f32x4.neg': 0xe1,
  'f32x4.sqrt': 0xe3,
  'f32x4.add': 0xe4,
  'f32x4.sub': 0xe5,
  'f32x4.mul': 0xe6,
  'f32x4.div': 0xe7,
  'f32x4.max': 0xe9,
  'f32x4.pmin': 0xea,
  'f32x4.pmax': 0xeb,
  'i32x4.trunc_sat_f32x4_s': 0xf8,
  'f32x4.convert_i32x4_s': 0xfa,
  'f32x4.relaxed_madd': 0x105,
  'f64x2.lt': 0x49,
  'f64x2.gt': 0x4a,
  'v128.any_true': 0x53,
  'i32x4.mul': 0xb5,
  'i32x4.max_s': 0xb8,
  'i64x2.bitmask': 0xc4,
  'i64x2.shr_u': 0xcd,
  'i64x2.extmul_low_i32x4_u': 0xde,
  'i64x2.extmul_high_i32x4_u': 0xdf,
  'f64x2.nearest': 0x94,
  'f64x2.abs': 0xec,
  'f64x2.neg': 0xed,
  'f64x2.sqrt': 0xef,
  'f64x2.add': 0xf0,
  'f64x2.sub': 0xf1,
  'f64x2.mul': 0xf2,
  'f64x2.div': 0xf3,
  'f64x2.pmin': 0xf6,
  'f64x2.pmax': 0xf7,
  'f32x4.demote_f64x2_zero': 0x5e,
  'f64x2.promote_low_f32x4': 0x5f,
  'i32x4.trunc_sat_f64x2_s_zero': 0xfc,
  'f64x2.convert_low_i32x4_s': 0xfe,
  'f64x2.convert_low_i32x4_u': 0xff,
} as const;
export type VectorInstruction = keyof typeof VECTOR;

/** Plain instructions by name. */
const PLAIN = {
  'i32.add': 0x6a,
  'i32.sub': 0x6b,
  'i32.mul': 0x6c,
  'i32.and': 0x71,
  'i32.shl': 0x74,
  'i32.shr_u': 0x76,
  'i32.lt_u': 0x49,
  'f64.add': 0xa0,
  'f64.sub': 0xa1,
  'f64.mul': 0xa2,
  'i32.wrap_i64': 0xa7,
  'i64.reinterpret_f64': 0xbd,
  'f64.max': 0xa5,
  'f64.promote_f32': 0xbb,
  'f32.demote_f64': 0xb6,
  'f32.convert_i32_u': 0xb3,
} as const;

function unsigned(value: number, out: number[]): void {
  let rest = value >>> 0;
  while (rest >= 0x80) {
    out.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  out.push(rest);
}

function signed(value: number, out: number[]): void {
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    out.push(done ? low : low | 0x80);
    if (done) return;
  }
}

/** Words in memory from which vector constants are read. */
export class ConstantPool {
  readonly #start: number;
  readonly #limit: number;
  readonly #words: number[] = [];

  /** @param start address in bytes. @param capacity how many words fit there. */
  constructor(start: number, capacity: number) {
    this.#start = start;
    this.#limit = capacity;
  }

  addressOf(word: number): number {
    let index = this.#words.indexOf(word >>> 0);
    if (index < 0) index = this.#words.push(word >>> 0) - 1;
    if (index >= this.#limit) throw new Error(`more than ${this.#limit} constants in a program`);
    return this.#start + 4 * index;
  }

  addressOfFloat(value: number): number {
    return this.addressOf(new Uint32Array(Float32Array.of(value).buffer)[0] as number);
  }

  addressOfDouble(value: number): number {
    const [low, high] = new Uint32Array(Float64Array.of(value).buffer) as unknown as [number, number];
    let index = this.#words.findIndex((word, i) => word === low && this.#words[i + 1] === high);
    if (index < 0) index = this.#words.push(low, high) - 2;
    if (index + 1 >= this.#limit) throw new Error(`more than ${this.#limit} constants in a program`);
    return this.#start + 4 * index;
  }

  words(): Uint32Array {
    return Uint32Array.from(this.#words);
  }
}

/** The body of one function under construction; its parameters are i32 and have the first local numbers. */
export class FunctionBody {
  readonly #parameters: number;
  readonly #locals: LocalType[] = [];
  readonly #code: number[] = [];

  readonly #pool: ConstantPool;

  constructor(parameters: number, pool: ConstantPool) {
    this.#parameters = parameters;
    this.#pool = pool;
  }

  get parameters(): number {
    return this.#parameters;
  }

  /** Declares a local, zero at first. @returns its number. */
  local(type: LocalType): number {
    this.#locals.push(type);
    return this.#parameters + this.#locals.length - 1;
  }

  get(local: number): this {
    return this.#number(0x20, local);
  }

  set(local: number): this {
    return this.#number(0x21, local);
  }

  tee(local: number): this {
    return this.#number(0x22, local);
  }

  i32(value: number): this {
    this.#code.push(0x41);
    signed(value, this.#code);
    return this;
  }

  plain(name: keyof typeof PLAIN): this {
    this.#code.push(PLAIN[name]);
    return this;
  }

  vector(name: VectorInstruction): this {
    this.#code.push(0xfd);
    unsigned(VECTOR[name], this.#code);
    return this;
  }

  /** A double. */
  f64(value: number): this {
    this.#code.push(0x44, ...new Uint8Array(Float64Array.of(value).buffer));
    return this;
  }

  /** A vector of four equal floats. */
  floats(value: number): this {
    return this.words(new Uint32Array(Float32Array.of(value).buffer)[0] as number);
  }

  /** A vector of four equal 32-bit words, from memory: engines make other constants than zero in several steps. */
  words(value: number): this {
    if (value === 0) {
      this.#code.push(0xfd, 0x0c, ...new Uint8Array(16));
      return this;
    }
    return this.i32(this.#pool.addressOf(value)).loadSplat();
  }

  /** A vector of two equal doubles, from memory. */
  doubles(value: number): this {
    return this.i32(this.#pool.addressOfDouble(value)).loadPair();
  }

  /** Runs `body` where the number on the stack is not zero. */
  ifTrue(body: () => void): void {
    this.#code.push(0x04, 0x40);
    body();
    this.#code.push(0x0b);
  }

  /** A vector whose first `count` words are all ones, the others zero. */
  firstLanes(count: number): this {
    this.#code.push(0xfd, 0x0c, ...Array.from({ length: 16 }, (_, i) => (i < 4 * count ? 0xff : 0)));
    return this;
  }

  /** Four floats at the address on the stack plus `offset`, in bytes. */
  load(offset = 0): this {
    return this.#memory([0xfd, 0x00], offset);
  }

  /** One float, four times. */
  loadSplat(offset = 0): this {
    return this.#memory([0xfd, 0x09], offset);
  }

  /** Two floats, twice. */
  loadPair(offset = 0): this {
    return this.#memory([0xfd, 0x0a], offset);
  }

  /** Stores the first `lanes` floats of the vector in `value` at the address in `pointer` plus `offset`. */
  store(pointer: (body: FunctionBody) => void, value: number, lanes: number, offset = 0): void {
    const at = (): this => {
      pointer(this);
      return this.get(value);
    };
    if (lanes === 4) at().#memory([0xfd, 0x0b], offset);
    if (lanes === 2 || lanes === 3) at().#memory([0xfd, 0x5b], offset).#code.push(0);
    if (lanes === 1) at().#memory([0xfd, 0x5a], offset).#code.push(0);
    if (lanes === 3)
      at()
        .#memory([0xfd, 0x5a], offset + 8)
        .#code.push(2);
  }

  /** The vector in `into` with its second double from the address on the stack. */
  loadSecond(into: number): this {
    return this.get(into).#lane(0x57, 1);
  }

  /** Stores one of the two doubles of the vector in `value` at the address on the stack. */
  storeDoubleOf(value: number, lane: 0 | 1): this {
    return this.get(value).#lane(0x5b, lane);
  }

  loadWord(offset = 0): this {
    return this.#memory([0x28], offset);
  }

  storeWord(offset = 0): this {
    return this.#memory([0x36], offset);
  }

  loadByte(offset = 0): this {
    return this.#memory([0x2d], offset);
  }

  loadFloat(offset = 0): this {
    return this.#memory([0x2a], offset);
  }

  storeFloat(offset = 0): this {
    return this.#memory([0x38], offset);
  }

  loadDouble(offset = 0): this {
    return this.#memory([0x2b], offset);
  }

  storeDouble(offset = 0): this {
    return this.#memory([0x39], offset);
  }

  /** The two vectors on the stack, their 16 bytes each picked by number (16 and above: of the second). */
  shuffle(bytes: readonly number[]): this {
    this.#code.push(0xfd, 0x0d, ...bytes);
    return this;
  }

  /** Copies bytes: destination, source and length are on the stack. */
  copyMemory(): this {
    this.#code.push(0xfc, 0x0a, 0, 0);
    return this;
  }

  call(functionNumber: number): this {
    return this.#number(0x10, functionNumber);
  }

  /** Repeats `body` while `counter`, which it begins with and steps by `step`, is below `limit`; at least once. */
  loop(counter: number, { step, limit }: { readonly step: number; readonly limit: number }, body: () => void): void {
    this.#code.push(0x03, 0x40);
    body();
    this.get(counter).i32(step).plain('i32.add').tee(counter).i32(limit).plain('i32.lt_u');
    this.#code.push(0x0d, 0, 0x0b);
  }

  /** Like `loop`, up to the number in another local. */
  loopUntil(counter: number, limit: number, body: () => void, step = 1): void {
    this.#code.push(0x03, 0x40);
    body();
    this.get(counter).i32(step).plain('i32.add').tee(counter).get(limit).plain('i32.lt_u');
    this.#code.push(0x0d, 0, 0x0b);
  }

  /** The encoded body: declarations of locals, code, end. */
  bytes(): number[] {
    const out: number[] = [];
    const runs: [number, number][] = [];
    for (const type of this.#locals) {
      const code = LOCAL_TYPES[type];
      const last = runs.at(-1);
      if (last?.[1] === code) last[0] += 1;
      else runs.push([1, code]);
    }
    unsigned(runs.length, out);
    for (const [count, type] of runs) {
      unsigned(count, out);
      out.push(type);
    }
    for (const byte of this.#code) out.push(byte);
    out.push(0x0b);
    return out;
  }

  #lane(opcode: number, lane: number): this {
    this.#memory([0xfd, opcode], 0).#code.push(lane);
    return this;
  }

  #number(opcode: number, value: number): this {
    this.#code.push(opcode);
    unsigned(value, this.#code);
    return this;
  }

  #memory(opcode: readonly number[], offset: number): this {
    // Alignment 1: a hint only, and views begin anywhere.
    this.#code.push(...opcode, 0);
    unsigned(offset, this.#code);
    return this;
  }
}

/** A module that imports `env.memory`, has the given functions without results, and exports one of them as `run`. */
export function moduleBytes(
  functions: readonly { readonly parameters: number; readonly bytes: readonly number[] }[],
  exported: number,
): Uint8Array<ArrayBuffer> {
  const arities = [...new Set(functions.map(({ parameters }) => parameters))];
  const vector = (items: readonly (readonly number[])[]): number[] => {
    const out: number[] = [];
    unsigned(items.length, out);
    for (const item of items) for (const byte of item) out.push(byte);
    return out;
  };
  const sized = (bytes: readonly number[]): number[] => {
    const out: number[] = [];
    unsigned(bytes.length, out);
    for (const byte of bytes) out.push(byte);
    return out;
  };
  const text = (name: string): number[] => sized([...new TextEncoder().encode(name)]);
  const number = (value: number): number[] => {
    const out: number[] = [];
    unsigned(value, out);
    return out;
  };
  const section = (id: number, content: readonly number[]): number[] => [id, ...sized(content)];
  const out: number[] = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const append = (bytes: readonly number[]): void => {
    for (const byte of bytes) out.push(byte);
  };
  append(section(1, vector(arities.map((count) => [0x60, ...vector(Array.from({ length: count }, () => [I32])), 0]))));
  append(section(2, vector([[...text('env'), ...text('memory'), 0x02, 0x00, 1]])));
  append(section(3, vector(functions.map(({ parameters }) => number(arities.indexOf(parameters))))));
  append(section(7, vector([[...text('run'), 0x00, ...number(exported)]])));
  const code = vector(functions.map(({ bytes }) => sized(bytes)));
  out.push(10);
  unsigned(code.length, out);
  append(code);
  return Uint8Array.from(out);
}
