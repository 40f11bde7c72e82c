import { sizeOf } from '../../shape.ts';
import type { EmittedKernel, KernelContext } from './emit-passes.ts';
import type { DotsKernel } from './plan.ts';
import { FunctionBody } from './wasm-binary.ts';

const VECTOR = 4;
const BYTES = 4;
const ROWS = 4;

const words = (...picked: readonly number[]): number[] =>
  picked.flatMap((word) => [0, 1, 2, 3].map((b) => 4 * word + b));

/** A product with few columns as dot products of rows: four of each operand's elements at a time, summed at the end. */
export function emitDots({ node, left, right }: DotsKernel, { pool, fused }: KernelContext): EmittedKernel {
  const [rows, columns] = [node.shape.at(-2) as number, node.shape.at(-1) as number];
  const inner = left.shape.at(-1) as number;
  const stacks = sizeOf(node.shape.slice(0, -2));
  const body = new FunctionBody(3, pool);
  const [x, y, out] = [0, 1, 2] as const;
  const [at, tile, stack, pointer] = [body.local('i32'), body.local('i32'), body.local('i32'), body.local('i32')];
  const advance = (local: number, elements: number): void => {
    body
      .get(local)
      .i32(elements * BYTES)
      .plain('i32.add')
      .set(local);
  };
  const emitRows = (height: number): void => {
    const vectors = (count: number): number[] => Array.from({ length: count }, () => body.local('v128'));
    // In the order of the result.
    const sums = vectors(height * columns);
    const [xs, ys] = [vectors(height), vectors(columns)];
    for (const sum of sums) body.floats(0).set(sum);
    body.i32(0).set(at);
    const step = VECTOR * BYTES;
    body.loop(at, { step, limit: inner * BYTES }, () => {
      body.get(y).get(at).plain('i32.add').set(pointer);
      ys.forEach((vector, c) => {
        body
          .get(pointer)
          .load(c * inner * BYTES)
          .set(vector);
      });
      body.get(x).get(at).plain('i32.add').set(pointer);
      xs.forEach((vector, r) => {
        body
          .get(pointer)
          .load(r * inner * BYTES)
          .set(vector);
      });
      sums.forEach((sum, i) => {
        body.get(xs[Math.floor(i / columns)] as number).get(ys[i % columns] as number);
        if (fused) body.get(sum).vector('f32x4.relaxed_madd').set(sum);
        else body.vector('f32x4.mul').get(sum).vector('f32x4.add').set(sum);
      });
    });
    for (let first = 0; first < sums.length; first += VECTOR) {
      const [a, b, c, e] = [0, 1, 2, 3].map((i) => sums[first + i] ?? (sums[first] as number)) as [
        number,
        number,
        number,
        number,
      ];
      const [low, high, total] = vectors(3) as [number, number, number];
      for (const [p, q, to] of [
        [a, b, low],
        [c, e, high],
      ] as const)
        body
          .get(p)
          .get(q)
          .shuffle(words(0, 4, 1, 5))
          .get(p)
          .get(q)
          .shuffle(words(2, 6, 3, 7))
          .vector('f32x4.add')
          .set(to);
      body
        .get(low)
        .get(high)
        .shuffle(words(0, 1, 4, 5))
        .get(low)
        .get(high)
        .shuffle(words(2, 3, 6, 7));
      body.vector('f32x4.add').set(total);
      body.store((b2) => b2.get(out), total, Math.min(VECTOR, sums.length - first), first * BYTES);
    }
    advance(x, height * inner);
    advance(out, height * columns);
  };
  const emitStack = (): void => {
    if (rows >= ROWS) {
      body.i32(0).set(tile);
      body.loop(tile, { step: 1, limit: Math.floor(rows / ROWS) }, () => emitRows(ROWS));
    }
    if (rows % ROWS > 0) emitRows(rows % ROWS);
    advance(y, columns * inner);
  };
  body.loop(stack, { step: 1, limit: stacks }, emitStack);
  return { body, values: [left, right, node] };
}
