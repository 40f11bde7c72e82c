/** Static shape of a tensor; `[]` is a scalar. */
export type Shape = readonly number[];

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, length) => product * length, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** Shape of an elementwise result under the usual broadcasting rule. @throws when the shapes do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[a.length - rank + axis] ?? 1;
    const right = b[b.length - rank + axis] ?? 1;
    if (left !== right && left !== 1 && right !== 1) throw new ShapeError(`[${a}] and [${b}] do not broadcast`);
    return left === 1 ? right : left;
  });
}

/** @throws ShapeError unless every length is a positive integer. */
export function requireShape(shape: Shape): void {
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 1))
    throw new ShapeError(`[${shape}] is no shape: every length is a positive integer`);
}

/** @throws ShapeError unless the axes are distinct and exist in `shape`. */
export function requireAxes(shape: Shape, axes: readonly number[]): void {
  const exist = axes.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < shape.length);
  if (!exist || new Set(axes).size !== axes.length) throw new ShapeError(`[${shape}] has no axes [${axes}]`);
}

/** Two shapes, or a shape and an attribute, do not fit: found when tracing, never at run time. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}
