import { engine } from './engine.ts';
import { ConstantPool, FunctionBody, moduleBytes } from './wasm-binary.ts';

/** Numbers that are put in ascending order again and again, in memory of their own. */
export interface NumberList {
  /** The caller writes them, finite; in order after `sort`. */
  readonly values: Float64Array;
  sort(): void;
}

/** A number's place between the least and the greatest is known to this many bits, put in order half at a time. */
const HALF_BITS = 11;
const HALF = 1 << HALF_BITS;
/** Below this the engine's own sort is as fast. */
const FEW = 512;
/** Moves a number, on average, after which places have not helped: nearly all numbers share a few of them. */
const MOVES_AT_MOST = 8;

/** Addresses in memory: the least number and places for each unit; two least and two greatest; where the halves begin; the numbers. */
const [LEAST, SCALE, RANGE, LOWS, HIGHS] = [0, 8, 16, 64, 64 + 4 * HALF];
const VALUES = HIGHS + 4 * HALF;
const PAGE = 65_536;
/** Numbers that one turn of a loop looks at. */
const AT_ONCE = 4;
/** Added to a number below 2^22, it leaves the nearest whole number in the lowest bits. */
const ROUNDING = 2 ** 52;

/**
 * A list of so many numbers. Each has a place between the least and the greatest, a whole number of 22 bits. Numbers are
 * put in the order of the lower half of its bits, then of the upper half, which keeps the order of the lower; those that
 * share a place are then put in order among themselves. The time hardly depends on how the numbers lie, and the order is
 * that of the engine's sort.
 */
export function numberList(length: number): NumberList {
  if (length < FEW) {
    const values = new Float64Array(length);
    return { values, sort: () => void values.sort() };
  }
  const padded = Math.ceil(length / AT_ONCE) * AT_ONCE;
  const memory = new engine.Memory({ initial: Math.ceil((VALUES + 8 * (padded + length)) / PAGE) });
  const compiled = (body: FunctionBody): (() => void) => {
    const module = new engine.Module(moduleBytes([{ parameters: 0, bytes: body.bytes() }], 0));
    return new engine.Instance(module, { env: { memory } }).exports.run as () => void;
  };
  const findRange = compiled(emitRange(padded));
  const spread = compiled(emitSpreading(length, VALUES + 8 * padded));
  const places = new Float64Array(memory.buffer, LEAST, 2);
  const range = new Float64Array(memory.buffer, RANGE, 4) as unknown as readonly [number, number, number, number];
  const padding = new Float64Array(memory.buffer, VALUES + 8 * length, padded - length);
  const starts = new Int32Array(memory.buffer, LOWS, 2 * HALF);
  const values = new Float64Array(memory.buffer, VALUES, length);
  return {
    values,
    sort: () => {
      padding.fill(values[0] as number);
      findRange();
      const [least, greatest] = [Math.min(range[0], range[1]), Math.max(range[2], range[3])];
      if (least === greatest) return;
      // Nothing where the distance overflows, and then all numbers have one place.
      const scale = (HALF * HALF - 1) / (greatest - least);
      if (scale === Number.POSITIVE_INFINITY) return void values.sort();
      places[0] = least;
      places[1] = scale;
      starts.fill(0);
      spread();
      if (!insertionSort(values, MOVES_AT_MOST * length)) values.sort();
    },
  };
}

/** Writes the least and the greatest of the even and of the odd positions. */
function emitRange(padded: number): FunctionBody {
  const body = new FunctionBody(0, new ConstantPool(0, 0));
  const at = body.local('i32');
  const value = body.local('v128');
  const pair = (): readonly [number, number] => [body.local('v128'), body.local('v128')];
  const [least, greatest] = [pair(), pair()];
  for (const local of [...least, ...greatest]) body.i32(0).load(VALUES).set(local);
  body.loop(at, { step: 8 * AT_ONCE, limit: 8 * padded }, () => {
    for (const k of [0, 1] as const) {
      body
        .get(at)
        .load(VALUES + 16 * k)
        .set(value);
      body.get(least[k]).get(value).vector('f64x2.pmin').set(least[k]);
      body.get(greatest[k]).get(value).vector('f64x2.pmax').set(greatest[k]);
    }
  });
  body.get(least[0]).get(least[1]).vector('f64x2.pmin').set(least[0]);
  body.get(greatest[0]).get(greatest[1]).vector('f64x2.pmax').set(greatest[0]);
  body.store((b) => b.i32(0), least[0], 4, RANGE);
  body.store((b) => b.i32(0), greatest[0], 4, RANGE + 16);
  return body;
}

/**
 * Counts both halves of the places, then moves the numbers to the order of the lower and back to that of the upper.
 * @param spreads where they lie meanwhile.
 */
function emitSpreading(length: number, spreads: number): FunctionBody {
  const body = new FunctionBody(0, new ConstantPool(0, 0));
  const [least, scale, value] = [body.local('f64'), body.local('f64'), body.local('f64')];
  const [at, place, start, to] = [body.local('i32'), body.local('i32'), body.local('i32'), body.local('i32')];
  const atOnce = length % AT_ONCE === 0 ? AT_ONCE : 1;
  body.i32(0).loadDouble(LEAST).set(least).i32(0).loadDouble(SCALE).set(scale);
  const eachNumber = (from: number, use: () => void): void => {
    body.i32(0).set(at);
    body.loop(at, { step: 8 * atOnce, limit: 8 * length }, () => {
      for (let k = 0; k < atOnce; k++) {
        body
          .get(at)
          .loadDouble(from + 8 * k)
          .tee(value);
        body.get(least).plain('f64.sub').get(scale).plain('f64.mul').f64(ROUNDING).plain('f64.add');
        body.plain('i64.reinterpret_f64').plain('i32.wrap_i64').set(place);
        use();
      }
    });
  };
  /** Address of a half's start within its table. */
  const lowAt = (): FunctionBody =>
    body
      .get(place)
      .i32(HALF - 1)
      .plain('i32.and')
      .i32(2)
      .plain('i32.shl');
  const highAt = (): FunctionBody => body.get(place).i32(HALF_BITS).plain('i32.shr_u').i32(2).plain('i32.shl');
  // Starts are kept in bytes.
  const count = (table: number): void => {
    body.set(start).get(start).get(start).loadWord(table).i32(8).plain('i32.add').storeWord(table);
  };
  eachNumber(VALUES, () => {
    lowAt();
    count(LOWS);
    highAt();
    count(HIGHS);
  });
  for (const table of [LOWS, HIGHS]) {
    body.i32(0).set(at).i32(0).set(to);
    body.loop(at, { step: 4, limit: 4 * HALF }, () => {
      body.get(at).loadWord(table).set(start);
      body.get(at).get(to).storeWord(table);
      body.get(to).get(start).plain('i32.add').set(to);
    });
  }
  const move = (table: number, into: number): void => {
    body.set(start).get(start).get(start).loadWord(table).tee(to).i32(8).plain('i32.add').storeWord(table);
    body.get(to).get(value).storeDouble(into);
  };
  eachNumber(VALUES, () => {
    lowAt();
    move(LOWS, spreads);
  });
  eachNumber(spreads, () => {
    highAt();
    move(HIGHS, VALUES);
  });
  return body;
}

/** False, with the numbers in no order, when it would take more than `movesLeft` moves. */
function insertionSort(values: Float64Array, movesLeft: number): boolean {
  let left = movesLeft;
  let before = values[0] as number;
  for (let i = 1; i < values.length; i++) {
    const value = values[i] as number;
    if (before <= value) {
      before = value;
      continue;
    }
    let at = i;
    for (; at > 0 && (values[at - 1] as number) > value; at--) values[at] = values[at - 1] as number;
    values[at] = value;
    left -= i - at;
    if (left < 0) return false;
  }
  return true;
}
