import { type Shape, sizeOf } from '../../shape.ts';
import type { Sym } from '../../symbolic.ts';
import type { EmittedKernel } from './emit-passes.ts';
import type { ColumnSumKernel, ConvertKernel, CopyKernel, ReduceKernel, SwapKernel } from './plan.ts';
import { type ConstantPool, FunctionBody } from './wasm-binary.ts';

const VECTOR = 4;
const BYTES = 4;
/** A run of elements this long is copied as memory. */
const LONG_RUN = 16;

/** Nested loops over a shape; `steps` are added to the pointers along each axis, in elements. */
function nest(
  body: FunctionBody,
  shape: Shape,
  pointers: readonly { readonly local: number; readonly steps: readonly number[] }[],
  inside: () => void,
): void {
  const axis = shape.findIndex((length) => length > 1);
  if (axis < 0) {
    inside();
    return;
  }
  const counter = body.local('i32');
  const rest = shape.map((length, other) => (other <= axis ? 1 : length));
  body.i32(0).set(counter);
  body.loop(counter, { step: 1, limit: shape[axis] as number }, () => {
    nest(body, rest, pointers, inside);
    for (const { local, steps } of pointers) move(body, local, steps[axis] as number);
  });
  for (const { local, steps } of pointers) move(body, local, -(steps[axis] as number) * (shape[axis] as number));
}

function move(body: FunctionBody, pointer: number, elements: number): void {
  if (elements !== 0)
    body
      .get(pointer)
      .i32(elements * BYTES)
      .plain('i32.add')
      .set(pointer);
}

export function emitCopy(kernel: CopyKernel, pool: ConstantPool): EmittedKernel {
  const { source, target, shape, sourceSteps, targetSteps } = kernel;
  const body = new FunctionBody(2, pool);
  if (kernel.clears) clear(body, 1, sizeOf(target.shape));
  move(body, 0, kernel.sourceStart);
  move(body, 1, kernel.targetStart);
  const run = runLength(shape, sourceSteps, targetSteps);
  const outer = shape.map((length, axis) => (axis >= shape.length - run.axes ? 1 : length));
  const pointers = [
    { local: 0, steps: sourceSteps },
    { local: 1, steps: targetSteps },
  ];
  if (run.elements >= LONG_RUN)
    nest(body, outer, pointers, () => {
      body
        .get(1)
        .get(0)
        .i32(run.elements * BYTES)
        .copyMemory();
    });
  else nest(body, shape, pointers, () => void body.get(1).get(0).loadFloat().storeFloat());
  return { body, values: [source, target] };
}

/** The trailing axes along which source and target both lie element after element. */
function runLength(shape: Shape, source: readonly number[], target: readonly number[]) {
  let [elements, axes] = [1, 0];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const isRun = (steps: readonly number[]): boolean => shape[axis] === 1 || steps[axis] === elements;
    if (!isRun(source) || !isRun(target)) break;
    elements *= shape[axis] as number;
    axes += 1;
  }
  return { elements, axes };
}

function clear(body: FunctionBody, pointer: number, count: number): void {
  const [at, zero] = [body.local('i32'), body.local('v128')];
  const main = count - (count % VECTOR);
  if (main > 0)
    body.loop(at, { step: VECTOR * BYTES, limit: main * BYTES }, () => {
      body.store((b) => b.get(pointer).get(at).plain('i32.add'), zero, VECTOR);
    });
  if (count % VECTOR > 0) body.store((b) => b.get(pointer), zero, count % VECTOR, main * BYTES);
}

/** The matrices of a tensor with rows and columns swapped, four by four where they divide. */
export function emitSwap({ value }: SwapKernel, pool: ConstantPool): EmittedKernel {
  const { shape } = value.swapped;
  const [rows, columns] = [shape.at(-2) as number, shape.at(-1) as number];
  const body = new FunctionBody(2, pool);
  const values = [value.swapped, value];
  const stacks = { shape: [sizeOf(shape.slice(0, -2))], steps: [rows * columns] };
  const isBlocked = rows % VECTOR === 0 && columns % VECTOR === 0;
  const block = isBlocked ? VECTOR : 1;
  const counts = [...stacks.shape, rows / block, columns / block];
  const pointers = [
    { local: 0, steps: [...stacks.steps, columns * block, block] },
    { local: 1, steps: [...stacks.steps, block, rows * block] },
  ];
  nest(body, counts, pointers, () => {
    if (!isBlocked) {
      body.get(1).get(0).loadFloat().storeFloat();
      return;
    }
    const lines = Array.from({ length: VECTOR }, (_, row) => {
      const local = body.local('v128');
      body
        .get(0)
        .load(row * columns * BYTES)
        .set(local);
      return local;
    }) as [number, number, number, number];
    const words = (...picked: number[]): number[] => picked.flatMap((word) => [0, 1, 2, 3].map((b) => word * 4 + b));
    const pairs = [
      [lines[0], lines[1], words(0, 4, 1, 5)],
      [lines[0], lines[1], words(2, 6, 3, 7)],
      [lines[2], lines[3], words(0, 4, 1, 5)],
      [lines[2], lines[3], words(2, 6, 3, 7)],
    ].map(([first, second, picked]) => {
      const local = body.local('v128');
      body
        .get(first as number)
        .get(second as number)
        .shuffle(picked as number[])
        .set(local);
      return local;
    }) as [number, number, number, number];
    for (const [row, [first, second, picked]] of [
      [pairs[0], pairs[2], words(0, 1, 4, 5)],
      [pairs[0], pairs[2], words(2, 3, 6, 7)],
      [pairs[1], pairs[3], words(0, 1, 4, 5)],
      [pairs[1], pairs[3], words(2, 3, 6, 7)],
    ].entries()) {
      const local = body.local('v128');
      body
        .get(first as number)
        .get(second as number)
        .shuffle(picked as number[])
        .set(local);
      body.store((b) => b.get(1), local, VECTOR, (row as number) * rows * BYTES);
    }
  });
  return { body, values };
}

/** Sums of columns, up to four vectors of them side by side. */
export function emitColumnSum({ node }: ColumnSumKernel, pool: ConstantPool): EmittedKernel {
  const source = node.inputs[0] as Sym;
  const columns = sizeOf(node.shape);
  const rows = sizeOf(source.shape) / columns;
  const body = new FunctionBody(2, pool);
  const [pointer, row] = [body.local('i32'), body.local('i32')];
  for (let start = 0; start < columns; start += 4 * VECTOR) {
    const width = Math.min(4 * VECTOR, columns - start);
    const sums = Array.from({ length: Math.ceil(width / VECTOR) }, () => body.local('v128'));
    for (const sum of sums) body.floats(0).set(sum);
    body.get(0).set(pointer).i32(0).set(row);
    body.loop(row, { step: 1, limit: rows }, () => {
      sums.forEach((sum, v) => {
        body
          .get(sum)
          .get(pointer)
          .load((start + v * VECTOR) * BYTES)
          .vector('f32x4.add')
          .set(sum);
      });
      move(body, pointer, columns);
    });
    sums.forEach((sum, v) => {
      body.store((b) => b.get(1), sum, Math.min(VECTOR, width - v * VECTOR), (start + v * VECTOR) * BYTES);
    });
  }
  return { body, values: [source, node] };
}

/** Any other sum or maximum, in double precision, one element of the result after another. */
export function emitReduce({ node }: ReduceKernel, pool: ConstantPool): EmittedKernel {
  const source = node.inputs[0] as Sym;
  const axes = node.attributes.axes as readonly number[];
  const body = new FunctionBody(2, pool);
  const total = body.local('f64');
  const steps = source.shape.map((_, axis) => sizeOf(source.shape.slice(axis + 1)));
  const isGone = (axis: number): boolean => axes.includes(axis);
  const targetSteps = source.shape.map((_, axis) =>
    isGone(axis) ? 0 : sizeOf(source.shape.filter((__, other) => other > axis && !isGone(other))),
  );
  const only = (gone: boolean): number[] => source.shape.map((length, axis) => (isGone(axis) === gone ? length : 1));
  const isMax = node.primitive === 'max';
  nest(
    body,
    only(false),
    [
      { local: 0, steps },
      { local: 1, steps: targetSteps },
    ],
    () => {
      body.f64(isMax ? Number.NEGATIVE_INFINITY : 0).set(total);
      nest(body, only(true), [{ local: 0, steps }], () => {
        body.get(total).get(0).loadFloat().plain('f64.promote_f32');
        body.plain(isMax ? 'f64.max' : 'f64.add').set(total);
      });
      body.get(1).get(total).plain('f32.demote_f64').storeFloat();
    },
  );
  return { body, values: [source, node] };
}

/** Bytes to floats of the same numbers, or of 0 and 1 to masks. @param node the input; its bytes come as first parameter. */
export function emitConvert({ node }: ConvertKernel, pool: ConstantPool): EmittedKernel {
  const body = new FunctionBody(2, pool);
  const [at, target] = [body.local('i32'), body.local('i32')];
  body.get(1).set(target);
  body.loop(at, { step: 1, limit: sizeOf(node.shape) }, () => {
    body.get(target);
    if (node.dtype === 'bool') body.i32(0);
    body.get(0).get(at).plain('i32.add').loadByte();
    if (node.dtype === 'bool') body.plain('i32.sub').storeWord();
    else body.plain('f32.convert_i32_u').storeFloat();
    move(body, target, 1);
  });
  return { body, values: [node] };
}
