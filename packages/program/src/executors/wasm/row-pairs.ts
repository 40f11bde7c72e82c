import { engine, type WasmMemory, type WasmModule } from './engine.ts';
import { ConstantPool, FunctionBody, moduleBytes } from './wasm-binary.ts';

/** Row-major `[rows, columns]`. */
interface Rows {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** Every row of one matrix against every row of another, in float64. */
export interface RowPairs {
  /**
   * Σ x[i, k]·y[j, k] for all rows j of y from `from` on; element j of a view that the next call overwrites, elements
   * below `from` are no results. Four partial sums over k mod 4, added as (0 + 1) + (2 + 3): the bits of that order.
   */
  dots(i: number, from?: number): Float64Array;
  /**
   * Σ (x[i, k] − y[j, k])² in the same way, for `count` rows of x from row `first` on, at most `MOST_ROWS`: a view for each.
   * Two partial sums over k mod 2. Rows of y stay near the processor while all of these rows of x meet them.
   */
  squaredDistances(first: number, count: number, from?: number): readonly Float64Array[];
}

/** Rows of x that meet the rows of y together. */
export const MOST_ROWS = 16;
/** Bytes of y that stay near the processor meanwhile. */
const NEAR = 192 * 1024;

/** Sums of chosen elements of a row, or of two rows at once. */
export interface ChosenSums {
  /** The row, `[width]`, or two rows interleaved, `[width, 2]`: the caller writes it. */
  readonly values: Float64Array;
  /**
   * Σ values over the positions of list number `list` from its place `from` on; two sums for two rows, in a view that
   * the next call overwrites. Four partial sums over places mod 4 (a rest of up to three goes to the first), added as
   * (0 + 1) + (2 + 3): the bits of that order.
   */
  sums(list: number, from?: number): Float64Array;
}

const BYTES = 8;
const PAGE = 65_536;
/** Rows of y that one turn of a kernel looks at, so that its additions do not wait for one another. */
const TURN = { dots: 4, squaredDistances: 8 } as const;
const MOST_AT_ONCE = 8;
/** Bytes of the pool of constants, of which these kernels need none. */
const START = 64;

type Kernel = (xRow: number, yRow: number, out: number, turns: number) => void;

const modules = new Map<string, WasmModule>();

/** Compares the rows of two matrices by vector instructions. The columns are a multiple of four, as the partial sums are. */
export function rowPairs(x: Rows, y: Rows): RowPairs {
  const { columns } = x;
  if (columns !== y.columns || columns % 4 !== 0 || columns === 0)
    throw new RangeError(`rows of ${columns} and ${y.columns} numbers, wanted is one multiple of four`);
  const rowBytes = columns * BYTES;
  const paddedRows = Math.ceil(y.rows / MOST_AT_ONCE) * MOST_AT_ONCE;
  const yStart = START + x.rows * rowBytes;
  const outStart = yStart + paddedRows * rowBytes;
  const outBytes = paddedRows * BYTES;
  const rowsAtOnce = Math.min(MOST_ROWS, x.rows);
  const memory = memoryOf(outStart + rowsAtOnce * outBytes);
  new Float64Array(memory.buffer, START, x.data.length).set(x.data);
  new Float64Array(memory.buffer, yStart, y.data.length).set(y.data);
  const outs = Array.from(
    { length: rowsAtOnce },
    (_, r) => new Float64Array(memory.buffer, outStart + r * outBytes, y.rows),
  );
  const out = outs[0] ?? new Float64Array();
  const kernelOf = (kind: keyof typeof TURN): Kernel =>
    instanceOf(`${kind} ${columns}`, memory, () => emitPairs(kind, columns)) as Kernel;
  const kernels = { dots: kernelOf('dots'), squaredDistances: kernelOf('squaredDistances') };
  const near = Math.max(1, Math.floor(NEAR / rowBytes / MOST_AT_ONCE)) * MOST_AT_ONCE;
  return {
    dots: (i, from = 0) => {
      const first = from - (from % TURN.dots);
      const turns = Math.ceil((y.rows - first) / TURN.dots);
      if (turns > 0) kernels.dots(START + i * rowBytes, yStart + first * rowBytes, outStart + first * BYTES, turns);
      return out;
    },
    squaredDistances: (first, count, from = 0) => {
      if (count > rowsAtOnce || first + count > x.rows)
        throw new RangeError(`rows ${first} to ${first + count} of ${x.rows}, ${rowsAtOnce} at once`);
      for (let at = from - (from % TURN.squaredDistances); at < y.rows; at += near) {
        const turns = Math.ceil(Math.min(near, y.rows - at) / TURN.squaredDistances);
        for (let r = 0; r < count; r++)
          kernels.squaredDistances(
            START + (first + r) * rowBytes,
            yStart + at * rowBytes,
            outStart + r * outBytes + at * BYTES,
            turns,
          );
      }
      return outs;
    },
  };
}

/**
 * @param rowsAtOnce 1 or 2. @param width elements of a row. @param lists positions in the row, each list ascending or not.
 */
export function chosenSums(rowsAtOnce: 1 | 2, width: number, lists: readonly Uint32Array[]): ChosenSums {
  const element = rowsAtOnce * BYTES;
  const starts: number[] = [];
  let end = START + 2 * BYTES + width * element;
  for (const list of lists) {
    starts.push(end);
    end += 4 * list.length;
  }
  const valuesStart = START + 2 * BYTES;
  const memory = memoryOf(end);
  lists.forEach((list, number) => {
    // Addresses, so that the kernel has nothing to multiply.
    const addresses = new Uint32Array(memory.buffer, starts[number], list.length);
    list.forEach((position, i) => {
      if (position >= width) throw new RangeError(`element ${position} of ${width}`);
      addresses[i] = valuesStart + position * element;
    });
  });
  const kernel = instanceOf(`chosen ${rowsAtOnce}`, memory, () => emitChosen(rowsAtOnce)) as (
    at: number,
    fours: number,
    rest: number,
    out: number,
  ) => void;
  const out = new Float64Array(memory.buffer, START, rowsAtOnce);
  return {
    values: new Float64Array(memory.buffer, valuesStart, width * rowsAtOnce),
    sums: (list, from = 0) => {
      const count = Math.max((lists[list] as Uint32Array).length - from, 0);
      kernel((starts[list] as number) + 4 * from, Math.floor(count / 4), count % 4, START);
      return out;
    },
  };
}

function memoryOf(bytes: number): WasmMemory {
  return new engine.Memory({ initial: Math.ceil(bytes / PAGE) });
}

function instanceOf(name: string, memory: WasmMemory, emit: () => FunctionBody): unknown {
  let module = modules.get(name);
  if (!module) {
    const body = emit();
    module = new engine.Module(moduleBytes([{ parameters: body.parameters, bytes: body.bytes() }], 0));
    modules.set(name, module);
  }
  return new engine.Instance(module, { env: { memory } }).exports.run;
}

/** Parameters: addresses of a row of x, of the first row of y and of the first result, and how many turns. */
function emitPairs(kind: keyof typeof TURN, columns: number): FunctionBody {
  const rowBytes = columns * BYTES;
  const atOnce = TURN[kind];
  /** Vectors of partial sums for each row of y. */
  const parts = kind === 'dots' ? 2 : 1;
  const body = new FunctionBody(4, new ConstantPool(0, 0));
  const [x, y, out, turns] = [0, 1, 2, 3] as const;
  const [turn, k, xAt, yAt] = [body.local('i32'), body.local('i32'), body.local('i32'), body.local('i32')];
  const locals = (count: number): readonly number[] => Array.from({ length: count }, () => body.local('v128'));
  const xPart = locals(parts);
  const sums = Array.from({ length: atOnce }, () => locals(parts));
  const [left, difference] = [body.local('v128'), body.local('v128')];
  const advance = (pointer: number, bytes: number): void => {
    body.get(pointer).i32(bytes).plain('i32.add').set(pointer);
  };
  body.loopUntil(turn, turns, () => {
    for (const sum of sums.flat()) body.words(0).set(sum);
    body.get(x).set(xAt).get(y).set(yAt).i32(0).set(k);
    body.loop(k, { step: 2 * parts, limit: columns }, () => {
      xPart.forEach((part, p) => {
        body
          .get(xAt)
          .load(16 * p)
          .set(part);
      });
      sums.forEach((own, row) => {
        own.forEach((sum, p) => {
          body.get(sum).get(xPart[p] as number);
          body.get(yAt).load(row * rowBytes + 16 * p);
          if (kind === 'squaredDistances') body.vector('f64x2.sub').tee(difference).get(difference);
          body.vector('f64x2.mul').vector('f64x2.add').set(sum);
        });
      });
      advance(xAt, 16 * parts);
      advance(yAt, 16 * parts);
    });
    // Two rows' results stand in one vector: first halves beside each other, second halves, and their sums.
    for (let row = 0; row < atOnce; row += 2) {
      const [one, two] = [sums[row] as readonly number[], sums[row + 1] as readonly number[]];
      one.forEach((sum, p) => {
        const other = two[p] as number;
        body.get(sum).get(other).shuffle(halves(0, 2));
        body.get(sum).get(other).shuffle(halves(1, 3));
        body.vector('f64x2.add');
      });
      if (parts === 2) body.vector('f64x2.add');
      body.set(left);
      body.store((b) => b.get(out), left, 4, row * BYTES);
    }
    advance(y, atOnce * rowBytes);
    advance(out, atOnce * BYTES);
  });
  return body;
}

/** Picks two of the four doubles of two vectors. */
const halves = (first: number, second: number): number[] =>
  [first, second].flatMap((half) => Array.from({ length: 8 }, (_, byte) => 8 * half + byte));

/** Parameters: where the addresses begin, how many fours of them, how many more, and where the result goes. */
function emitChosen(rowsAtOnce: 1 | 2): FunctionBody {
  const body = new FunctionBody(4, new ConstantPool(0, 0));
  const [at, fours, rest, out] = [0, 1, 2, 3] as const;
  const counter = body.local('i32');
  const type = rowsAtOnce === 1 ? 'f64' : 'v128';
  const sums = [body.local(type), body.local(type), body.local(type), body.local(type)] as const;
  const add = (): void => {
    if (rowsAtOnce === 1) body.plain('f64.add');
    else body.vector('f64x2.add');
  };
  const addTo = (sum: number, offset: number): void => {
    body.get(sum).get(at).loadWord(offset);
    if (rowsAtOnce === 1) body.loadDouble();
    else body.load();
    add();
    body.set(sum);
  };
  const repeat = (count: number, bytes: number, each: () => void): void => {
    body.get(count);
    body.ifTrue(() => {
      body.i32(0).set(counter);
      body.loopUntil(counter, count, () => {
        each();
        body.get(at).i32(bytes).plain('i32.add').set(at);
      });
    });
  };
  repeat(fours, 16, () => {
    sums.forEach((sum, i) => {
      addTo(sum, 4 * i);
    });
  });
  repeat(rest, 4, () => {
    addTo(sums[0], 0);
  });
  if (rowsAtOnce === 1) body.get(out);
  body.get(sums[0]).get(sums[1]);
  add();
  body.get(sums[2]).get(sums[3]);
  add();
  add();
  if (rowsAtOnce === 1) body.storeDouble();
  else {
    body.set(sums[0]);
    body.store((b) => b.get(out), sums[0], 4);
  }
  return body;
}
