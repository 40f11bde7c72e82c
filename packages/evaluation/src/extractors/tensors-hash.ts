import { createHash } from 'node:crypto';

/** One tensor of a network. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * sha256 over the weight tensors of a network: for each, by ascending shape and content whatever its name or place, the
 * shape as text and the numbers as little-endian float32. A file may be written again, with other names or in another
 * order, and stays the same network.
 */
export function tensorsHash(tensors: readonly Tensor[]): string {
  const each = tensors.map(({ shape, values }) => {
    const bytes = new Uint8Array(4 * values.length);
    const view = new DataView(bytes.buffer);
    values.forEach((value, i) => {
      view.setFloat32(4 * i, value, true);
    });
    return createHash('sha256')
      .update(`${shape.join('×')}\n`)
      .update(bytes)
      .digest('hex');
  });
  return createHash('sha256').update(each.sort().join('\n')).digest('hex');
}
