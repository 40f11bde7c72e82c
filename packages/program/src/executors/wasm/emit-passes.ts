import { sizeOf } from '../../shape.ts';
import type { Sym } from '../../symbolic.ts';
import { type Form, formOf } from './broadcast-form.ts';
import { ELEMENTWISE } from './elementwise.ts';
import type { LoopKernel, ProductKernel, Value } from './plan.ts';
import { type ConstantPool, FunctionBody } from './wasm-binary.ts';

/** A kernel as a function: its parameters are the addresses of these values, in this order. */
export interface EmittedKernel {
  readonly body: FunctionBody;
  readonly values: readonly Value[];
}

/** What a kernel reads and writes besides its own members. */
export interface KernelContext {
  readonly pool: ConstantPool;
  /** Adds a function to the module. @returns its number. */
  readonly add: (body: FunctionBody) => number;
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
const BYTES = 4;

/** Whether a member sums or maximises over the whole pass. */
export const isReduction = ({ primitive }: Sym): boolean => primitive === 'sum' || primitive === 'max';

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
    rule(body, operands, member);
    body.set(result);
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
        body.vector(member.primitive === 'max' ? 'f32x4.max' : 'f32x4.add').set(sum);
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
    const operator = member.primitive === 'max' ? 'f32x4.max' : 'f32x4.add';
    for (const half of [8, 4])
      body
        .get(local)
        .get(local)
        .get(local)
        .shuffle(Array.from({ length: 16 }, (_, i) => (i + half) % 16))
        .vector(operator)
        .set(local);
    body.store((b) => b.get(parameter), local, 1);
  }
  return { body, values: [...symbols, ...stored] };
}

/** A product in tiles of rows by eight columns: for every tile a call of the function that makes it. */
export function emitProduct(kernel: ProductKernel, context: KernelContext): EmittedKernel {
  const { members, shape, left, right } = kernel;
  const node = members[0] as Sym;
  const [rows, columns] = [shape.at(-2) as number, shape.at(-1) as number];
  const transposed = Boolean(node.attributes.transposeA);
  const inner = left.shape.at(transposed ? -2 : -1) as number;
  const stacks = sizeOf(shape.slice(0, -2));
  const symbols = externalsOf(kernel, context.operandsOf);
  const stored = members.filter((member) => context.isStored(member));
  const externals = symbols.map(
    (sym, i): External => ({ sym, form: formOf(sym.shape, shape) as Form, parameter: 2 + i }),
  );
  const product: Product = {
    members,
    stored,
    externals,
    inner,
    columns,
    leftRow: transposed ? 1 : inner,
    leftInner: transposed ? rows : 1,
  };
  const body = new FunctionBody(2 + symbols.length + stored.length, context.pool);
  const values = [left, right, ...symbols, ...stored];
  // Bytes from the start of the result to the tile's rows, and from the start of a row to its columns.
  const [rowStart, column, tile, stack, row] = Array.from({ length: 5 }, () => body.local('i32')) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const call = (height: number, width: number, start: number): void => {
    const add = (local: number): void => void body.get(local).plain('i32.add');
    const addStart = (): void => {
      add(column);
      if (start > 0) body.i32(start * BYTES).plain('i32.add');
    };
    body.get(0).get(1);
    addStart();
    for (const { form, parameter } of externals) {
      body.get(parameter);
      if (form.kind === 'whole') add(rowStart);
      if (form.kind === 'whole' || form.kind === 'row') addStart();
      if (form.kind === 'column') add(row);
    }
    stored.forEach((_, i) => {
      body.get(2 + symbols.length + i);
      add(rowStart);
      addStart();
    });
    body.call(context.add(emitTile(product, { height, width }, context)));
  };
  const emitRows = (height: number): void => {
    const wide = TILE_VECTORS * VECTOR;
    const tiles = Math.floor(columns / wide);
    body.i32(0).set(column);
    if (tiles > 2) body.loop(column, { step: wide * BYTES, limit: tiles * wide * BYTES }, () => call(height, wide, 0));
    else for (let t = 0; t < tiles; t++) call(height, wide, t * wide);
    if (columns % wide > 0) call(height, columns % wide, tiles > 2 ? 0 : tiles * wide);
    advance(body, 0, height * product.leftRow);
    advance(body, rowStart, height * columns);
    advance(body, row, height);
  };
  const emitStack = (): void => {
    const height = TILE_ROWS;
    const whole = Math.floor(rows / height);
    if (whole > 1) {
      body.i32(0).set(tile);
      body.loop(tile, { step: 1, limit: whole }, () => emitRows(height));
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
  return { body, values };
}

function advance(body: FunctionBody, pointer: number, elements: number): void {
  if (elements !== 0)
    body
      .get(pointer)
      .i32(elements * BYTES)
      .plain('i32.add')
      .set(pointer);
}

interface Product {
  readonly members: readonly Sym[];
  readonly stored: readonly Sym[];
  readonly externals: readonly External[];
  readonly inner: number;
  readonly columns: number;
  /** Elements from one row of the left operand to the next, and from one inner position to the next. */
  readonly leftRow: number;
  readonly leftInner: number;
}

/**
 * One tile: parameters are the addresses of its first elements. Engines spill sums that live across other branches than
 * the inner loop, so a tile is a function of its own.
 */
function emitTile(
  { members, stored, externals, inner, columns, leftRow, leftInner }: Product,
  { height, width }: { readonly height: number; readonly width: number },
  context: KernelContext,
): FunctionBody {
  const body = new FunctionBody(2 + externals.length + stored.length, context.pool);
  const vectors = Math.ceil(width / VECTOR);
  const sums = Array.from({ length: height }, () => Array.from({ length: vectors }, () => body.local('v128')));
  const x = body.local('v128');
  const ys = Array.from({ length: vectors }, () => body.local('v128'));
  const accumulate = (step: number): void => {
    ys.forEach((y, v) => {
      body
        .get(1)
        .load((v * VECTOR + step * columns) * BYTES)
        .set(y);
    });
    sums.forEach((line, r) => {
      body
        .get(0)
        .loadSplat((r * leftRow + step * leftInner) * BYTES)
        .set(x);
      line.forEach((sum, v) => {
        const y = ys[v] as number;
        if (context.fused) body.get(x).get(y).get(sum).vector('f32x4.relaxed_madd').set(sum);
        else body.get(x).get(y).vector('f32x4.mul').get(sum).vector('f32x4.add').set(sum);
      });
    });
  };
  if (inner <= 2) for (let step = 0; step < inner; step++) accumulate(step);
  else {
    const k = body.local('i32');
    body.loop(k, { step: 1, limit: inner }, () => {
      accumulate(0);
      advance(body, 0, leftInner);
      advance(body, 1, columns);
    });
  }
  const hoisted = hoist(body, members, externals, context);
  sums.forEach((line, r) => {
    line.forEach((sum, v) => {
      const offset = (r * columns + v * VECTOR) * BYTES;
      const load = (sym: Sym): number => {
        const { form, parameter } = externals.find((candidate) => candidate.sym === sym) as External;
        const local = body.local('v128');
        body.get(parameter);
        if (form.kind === 'column') body.loadSplat(r * BYTES);
        else body.load(form.kind === 'row' ? v * VECTOR * BYTES : offset);
        body.set(local);
        return local;
      };
      const locals = emitMembers(body, members, context, new Map([...hoisted, [members[0] as Sym, sum]]), {
        load,
        reduce: () => {
          throw new Error('a reduction inside a product');
        },
      });
      stored.forEach((member, i) => {
        const parameter = 2 + externals.length + i;
        body.store(
          (b) => void b.get(parameter),
          locals.get(member) as number,
          Math.min(VECTOR, width - v * VECTOR),
          offset,
        );
      });
    });
  });
  return body;
}
