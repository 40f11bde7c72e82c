import { sizeOf } from '../../shape.ts';
import type { Sym } from '../../symbolic.ts';
import { type Form, formOf } from './broadcast-form.ts';
import { ELEMENTWISE } from './elementwise.ts';
import type { LoopKernel, ProductKernel, Value } from './plan.ts';
import { Decay } from './vector-math.ts';
import { type ConstantPool, FunctionBody, type VectorInstruction } from './wasm-binary.ts';

/** A kernel as a function: its parameters are the addresses of these values, in this order. */
export interface EmittedKernel {
  readonly body: FunctionBody;
  readonly values: readonly Value[];
}

/** What a kernel reads and writes besides its own members. */
export interface KernelContext {
  readonly pool: ConstantPool;
  /** Whether relaxed multiply-add may be used. */
  readonly fused: boolean;
  readonly operandsOf: (member: Sym) => readonly Sym[];
  /** Members that somebody reads after the kernel. */
  readonly isStored: (member: Sym) => boolean;
}

interface External {
  readonly sym: Sym;
  readonly form: Form;
  readonly parameter: number;
}

const VECTOR = 4;
/** Eight sums are as many as engines keep in registers besides the operands; larger tiles were a third slower. */
const TILE_ROWS = 4;
const TILE_VECTORS = 2;
const LINE_VECTORS = 4;
const BYTES = 4;

/** Whether a member sums or maximises over the whole pass. */
export const isReduction = ({ primitive }: Sym): boolean => primitive === 'sum' || primitive === 'max';

/**
 * What joins two vectors of a reduction. Magnitudes are ordered as their bits are, NaN above all: whole numbers are compared
 * in one instruction, where a maximum of floats takes eight, each waiting for the last.
 */
function reducerOf(member: Sym, { operandsOf }: KernelContext): VectorInstruction {
  if (member.primitive === 'sum') return 'f32x4.add';
  return operandsOf(member)[0]?.primitive === 'abs' ? 'i32x4.max_s' : 'f32x4.max';
}

/** What the members read from outside, each once, constants left out. */
export function externalsOf({ members }: LoopKernel | ProductKernel, operandsOf: KernelContext['operandsOf']): Sym[] {
  const own = new Set(members);
  const found = new Set<Sym>();
  for (const member of members)
    if (member.primitive !== 'matMul')
      for (const operand of operandsOf(member))
        if (!own.has(operand) && operand.primitive !== 'constant') found.add(operand);
  return [...found];
}

/** The members' arithmetic on one vector; externals are loaded by `load`, reductions handed to `reduce`. */
function emitMembers(
  body: FunctionBody,
  members: readonly Sym[],
  context: KernelContext,
  given: ReadonlyMap<Sym, number>,
  use: {
    readonly load: (external: Sym) => number;
    readonly reduce: (member: Sym, value: number) => void;
  },
): ReadonlyMap<Sym, number> {
  const locals = new Map(given);
  const localOf = (sym: Sym): number => {
    const known = locals.get(sym);
    if (known !== undefined) return known;
    const loaded = use.load(sym);
    locals.set(sym, loaded);
    return loaded;
  };
  const decays = new Map<number, Decay>();
  const decayOf = (local: number): Decay => {
    const known = decays.get(local) ?? new Decay(body, local);
    decays.set(local, known);
    return known;
  };
  for (const member of members) {
    if (member.primitive === 'matMul') continue;
    const operands = context.operandsOf(member).map(localOf);
    if (isReduction(member)) {
      use.reduce(member, operands[0] as number);
      continue;
    }
    const rule = ELEMENTWISE[member.primitive];
    if (!rule) throw new Error(`${member.primitive} is in a pass and has no rule`);
    const result = body.local('v128');
    rule(body, operands, member, decayOf);
    body.set(result);
    if (member.primitive === 'neg') decays.set(result, decayOf(operands[0] as number));
    locals.set(member, result);
  }
  return locals;
}

/** Vectors that do not change within the kernel: constants and scalars, in locals before any loop. */
function hoist(
  body: FunctionBody,
  members: readonly Sym[],
  externals: readonly External[],
  context: KernelContext,
): Map<Sym, number> {
  const locals = new Map<Sym, number>();
  const own = new Set(members);
  for (const member of members)
    if (member.primitive !== 'matMul')
      for (const operand of context.operandsOf(member))
        if (operand.primitive === 'constant' && !own.has(operand) && !locals.has(operand)) {
          const local = body.local('v128');
          body.floats(operand.attributes.value as number).set(local);
          locals.set(operand, local);
        }
  for (const { sym, form, parameter } of externals)
    if (form.kind === 'scalar') {
      const local = body.local('v128');
      body.get(parameter).loadSplat().set(local);
      locals.set(sym, local);
    }
  return locals;
}

/** One pass over memory. */
export function emitLoop(kernel: LoopKernel, context: KernelContext): EmittedKernel {
  const { members, shape } = kernel;
  const count = sizeOf(shape);
  const symbols = externalsOf(kernel, context.operandsOf);
  const stored = members.filter((member) => context.isStored(member));
  const body = new FunctionBody(symbols.length + stored.length, context.pool);
  const externals = symbols.map((sym, parameter): External => {
    const form = formOf(sym.shape, shape);
    if (!form) throw new Error(`an operand of ${sym.shape} in a pass over ${shape}`);
    // In a pass over one element everything is whole.
    return { sym, form: count === 1 ? { kind: 'scalar' } : form, parameter };
  });
  const parameterOf = new Map(stored.map((member, i) => [member, symbols.length + i]));
  const hoisted = hoist(body, members, externals, context);
  const accumulators = new Map(
    members.filter(isReduction).map((member) => {
      const local = body.local('v128');
      if (member.primitive === 'max') body.floats(Number.NEGATIVE_INFINITY).set(local);
      return [member, local];
    }),
  );
  const columns = kernel.columns ?? count;
  // Short rows are one pattern of a vector, so that the pass goes straight over all elements.
  const isStraight =
    kernel.columns === null || (VECTOR % columns === 0 && externals.every(({ form }) => form.kind !== 'column'));
  const length = isStraight ? count : columns;
  const [whole, inRow, row] = [body.local('i32'), body.local('i32'), body.local('i32')];

  const emitVector = (lanes: number): void => {
    const loaded = new Map(hoisted);
    const load = (sym: Sym): number => {
      const external = externals.find((candidate) => candidate.sym === sym) as External;
      const local = body.local('v128');
      body.get(external.parameter);
      if (external.form.kind === 'column') body.get(row).plain('i32.add').loadSplat();
      else if (external.form.kind === 'row' && isStraight) columns === 2 ? body.loadPair() : body.load();
      else
        body
          .get(external.form.kind === 'row' ? inRow : whole)
          .plain('i32.add')
          .load();
      body.set(local);
      return local;
    };
    const locals = emitMembers(body, members, context, loaded, {
      load,
      reduce: (member, value) => {
        const sum = accumulators.get(member) as number;
        body.get(sum).get(value);
        if (lanes < VECTOR) {
          body.floats(member.primitive === 'max' ? Number.NEGATIVE_INFINITY : 0);
          body.firstLanes(lanes).vector('v128.bitselect');
        }
        body.vector(reducerOf(member, context)).set(sum);
      },
    });
    for (const member of stored)
      if (!isReduction(member))
        body.store(
          (b) =>
            b
              .get(parameterOf.get(member) as number)
              .get(whole)
              .plain('i32.add'),
          locals.get(member) as number,
          lanes,
        );
  };
  const main = length - (length % VECTOR);
  const emitRow = (): void => {
    const isRows = length < count;
    if (main > 0 && isRows) {
      body.i32(0).set(inRow);
      body.loop(inRow, { step: VECTOR * BYTES, limit: main * BYTES }, () => {
        emitVector(VECTOR);
        body
          .get(whole)
          .i32(VECTOR * BYTES)
          .plain('i32.add')
          .set(whole);
      });
    } else if (main > 0) {
      body.loop(whole, { step: VECTOR * BYTES, limit: main * BYTES }, () => emitVector(VECTOR));
    }
    if (length % VECTOR > 0) {
      if (main === 0) body.i32(0).set(inRow);
      emitVector(length % VECTOR);
      body
        .get(whole)
        .i32((length % VECTOR) * BYTES)
        .plain('i32.add')
        .set(whole);
    }
  };
  if (length === count) emitRow();
  else body.loop(row, { step: BYTES, limit: (count / columns) * BYTES }, emitRow);

  for (const [member, local] of accumulators) {
    const parameter = parameterOf.get(member);
    if (parameter === undefined) continue;
    for (const half of [8, 4])
      body
        .get(local)
        .get(local)
        .get(local)
        .shuffle(Array.from({ length: 16 }, (_, i) => (i + half) % 16))
        .vector(reducerOf(member, context))
        .set(local);
    body.store((b) => b.get(parameter), local, 1);
  }
  return { body, values: [...symbols, ...stored] };
}

/**
 * A product in tiles of rows by eight columns, all in one function: rows outside, so that the left operand is read once
 * while the right one stays near. The loop over the inner axis is not unrolled, which makes engines load everything first
 * and keep it on the stack.
 */
export function emitProduct(kernel: ProductKernel, context: KernelContext): EmittedKernel {
  const { members, shape, left, right } = kernel;
  const { rows, columns, inner, transposed } = kernel.size;
  const stacks = sizeOf(shape.slice(0, -2));
  const symbols = externalsOf(kernel, context.operandsOf);
  const stored = members.filter((member) => context.isStored(member));
  const externals = symbols.map(
    (sym, i): External => ({ sym, form: formOf(sym.shape, shape) as Form, parameter: 2 + i }),
  );
  const body = new FunctionBody(2 + symbols.length + stored.length, context.pool);
  const locals = Array.from({ length: 7 }, () => body.local('i32')) as unknown as TileLocals;
  // Bytes from the start of the result to the tile's rows, and from the start of a row to its columns.
  const [rowStart, column, row] = locals;
  const product: Product = {
    members,
    stored,
    externals,
    inner,
    columns,
    leftRow: transposed ? 1 : inner,
    leftInner: transposed ? rows : 1,
    locals,
  };
  const emitRows = (height: number): void => {
    const wide = (height <= 2 ? LINE_VECTORS : TILE_VECTORS) * VECTOR;
    const tiles = Math.floor(columns / wide);
    const rest = columns % wide;
    const tile = (width: number, start: number): void => emitTile(body, product, { height, width, start }, context);
    body.i32(0).set(column);
    if (tiles > 2) body.loop(column, { step: wide * BYTES, limit: tiles * wide * BYTES }, () => tile(wide, 0));
    else for (let t = 0; t < tiles; t++) tile(wide, t * wide);
    if (rest > 0) tile(rest, tiles > 2 ? 0 : tiles * wide);
    advance(body, 0, height * product.leftRow);
    advance(body, rowStart, height * columns);
    advance(body, row, height);
  };
  const [tileNumber, stack] = [body.local('i32'), body.local('i32')];
  const emitStack = (): void => {
    const height = TILE_ROWS;
    const whole = Math.floor(rows / height);
    if (whole > 1) {
      body.i32(0).set(tileNumber);
      body.loop(tileNumber, { step: 1, limit: whole }, () => emitRows(height));
    } else if (whole === 1) emitRows(height);
    if (rows % height > 0) emitRows(rows % height);
  };
  if (stacks === 1) emitStack();
  else
    body.loop(stack, { step: 1, limit: stacks }, () => {
      emitStack();
      advance(body, 0, rows * inner - rows * product.leftRow);
      advance(body, 1, inner * columns);
    });
  return { body, values: [left, right, ...symbols, ...stored] };
}

function advance(body: FunctionBody, pointer: number, elements: number): void {
  if (elements !== 0)
    body
      .get(pointer)
      .i32(elements * BYTES)
      .plain('i32.add')
      .set(pointer);
}

/** Of the tile's rows: start in the result, of its columns, number of the first one; pointers to both operands; counters. */
type TileLocals = readonly [
  rowStart: number,
  column: number,
  row: number,
  left: number,
  right: number,
  step: number,
  at: number,
];

interface Product {
  readonly members: readonly Sym[];
  readonly stored: readonly Sym[];
  readonly externals: readonly External[];
  readonly inner: number;
  readonly columns: number;
  /** Elements from one row of the left operand to the next, and from one inner position to the next. */
  readonly leftRow: number;
  readonly leftInner: number;
  readonly locals: TileLocals;
}

/** One tile: its sums live across the inner loop alone, and nothing else does, or engines would put them on the stack. */
function emitTile(
  body: FunctionBody,
  { members, stored, externals, inner, columns, leftRow, leftInner, locals }: Product,
  { height, width, start }: { readonly height: number; readonly width: number; readonly start: number },
  context: KernelContext,
): void {
  const [rowStart, column, row, left, right, step, at] = locals;
  const vectors = Math.ceil(width / VECTOR);
  const sums = Array.from({ length: height }, () => Array.from({ length: vectors }, () => body.local('v128')));
  const x = body.local('v128');
  const ys = Array.from({ length: vectors }, () => body.local('v128'));
  const accumulate = (position: number): void => {
    ys.forEach((y, v) => {
      body
        .get(right)
        .load((v * VECTOR + position * columns) * BYTES)
        .set(y);
    });
    sums.forEach((line, r) => {
      body
        .get(left)
        .loadSplat((r * leftRow + position * leftInner) * BYTES)
        .set(x);
      line.forEach((sum, v) => {
        const y = ys[v] as number;
        if (context.fused) body.get(x).get(y).get(sum).vector('f32x4.relaxed_madd').set(sum);
        else body.get(x).get(y).vector('f32x4.mul').get(sum).vector('f32x4.add').set(sum);
      });
    });
  };
  for (const line of sums) for (const sum of line) body.floats(0).set(sum);
  body.get(0).set(left).get(1).get(column).plain('i32.add').set(right);
  advance(body, right, start);
  if (inner <= 2) for (let position = 0; position < inner; position++) accumulate(position);
  else {
    body.i32(0).set(step);
    body.loop(step, { step: 1, limit: inner }, () => {
      accumulate(0);
      advance(body, left, leftInner);
      advance(body, right, columns);
    });
  }
  const hoisted = hoist(body, members, externals, context);
  body.get(rowStart).get(column).plain('i32.add').set(at);
  advance(body, at, start);
  const pointerTo = (parameter: number, ...shifts: readonly number[]): number => {
    const pointer = body.local('i32');
    body.get(parameter);
    for (const shift of shifts) body.get(shift).plain('i32.add');
    body.set(pointer);
    return pointer;
  };
  const pointers = new Map(
    externals.map(({ sym, form, parameter }) => {
      if (form.kind === 'whole') return [sym, pointerTo(parameter, at)];
      if (form.kind === 'row') {
        const pointer = pointerTo(parameter, column);
        advance(body, pointer, start);
        return [sym, pointer];
      }
      return [sym, form.kind === 'column' ? pointerTo(parameter, row) : parameter];
    }),
  );
  const targets = stored.map((_, i) => pointerTo(2 + externals.length + i, at));
  /** What all rows, or all columns, of a tile read alike. */
  const shared = new Map<string, number>();
  sums.forEach((line, r) => {
    line.forEach((sum, v) => {
      const offset = (r * columns + v * VECTOR) * BYTES;
      const load = (sym: Sym): number => {
        const { form, parameter } = externals.find((candidate) => candidate.sym === sym) as External;
        const key = `${parameter} ${form.kind === 'row' ? `column ${v}` : `row ${r}`}`;
        const known = form.kind === 'whole' ? undefined : shared.get(key);
        if (known !== undefined) return known;
        const local = body.local('v128');
        body.get(pointers.get(sym) as number);
        if (form.kind === 'column') body.loadSplat(r * BYTES);
        else body.load(form.kind === 'row' ? v * VECTOR * BYTES : offset);
        body.set(local);
        if (form.kind !== 'whole') shared.set(key, local);
        return local;
      };
      const made = emitMembers(body, members, context, new Map([...hoisted, [members[0] as Sym, sum]]), {
        load,
        reduce: () => {
          throw new Error('a reduction inside a product');
        },
      });
      stored.forEach((member, i) => {
        body.store(
          (b) => void b.get(targets[i] as number),
          made.get(member) as number,
          Math.min(VECTOR, width - v * VECTOR),
          offset,
        );
      });
    });
  });
}
