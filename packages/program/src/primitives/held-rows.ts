import { requireShape, ShapeError, sizeOf } from '../shape.ts';
import { addNode, type HeldRows, type Sym } from '../symbolic.ts';
import { apply, type Primitive, type ReferenceTensor } from './primitive.ts';

/**
 * Rows that the program of `beside` holds, `[rows, …row]` uint8; equal content is held once. All lanes share them.
 * @throws ShapeError unless there are rows.
 */
export function held(beside: Sym, rows: HeldRows): Sym {
  requireShape(rows.shape);
  if (rows.shape.length < 2) throw new ShapeError(`held([${rows.shape}]): rows have an axis of their own at least`);
  return addNode(beside.graph, {
    primitive: 'held',
    inputs: [],
    attributes: {},
    shape: rows.shape,
    dtype: 'uint8',
    name: rows.content,
    held: rows,
  });
}

/** All bytes of held rows. @throws Error when there are more or fewer than their shape says. */
export function heldBytes({ held: rows }: Sym): Uint8Array {
  if (!rows) throw new Error('this node holds no rows');
  const bytes = rows.read();
  if (bytes.length !== sizeOf(rows.shape))
    throw new Error(`${rows.content}: ${bytes.length} bytes are not rows of [${rows.shape}]`);
  return bytes;
}

const gatherRowsPrimitive: Primitive = {
  name: 'gatherRows',
  shares: [0],
  infer: ([rows, positions]) => {
    const [from, at] = [rows as Sym, positions as Sym];
    if (from.primitive !== 'held') throw new ShapeError('takes rows that the program holds');
    if (at.dtype !== 'int32') throw new ShapeError(`wants positions of int32, not ${at.dtype}`);
    return { shape: [...at.shape, ...from.shape.slice(1)], dtype: from.dtype };
  },
  // Bytes carry no gradient, and neither do positions.
  vjp: 'none',
  reference: ([rows, positions], node) => {
    const { shape, data } = rows as ReferenceTensor;
    const length = sizeOf(shape.slice(1));
    const out = new Float64Array(sizeOf(node.shape));
    (positions as ReferenceTensor).data.forEach((position, i) => {
      if (position < 0 || position >= (shape[0] as number)) throw new RangeError(`row ${position} of ${shape[0]}`);
      out.set(data.subarray(position * length, (position + 1) * length), i * length);
    });
    return out;
  },
  onnx: (inputs, _, { emit }) => emit('Gather', inputs, { axis: 0 }),
  // Its other gathers have no kernel for bytes on a GPU, and would fetch all rows from there.
  tensorflow: (inputs, _, { emit }) =>
    emit('ResourceGather', inputs, {
      batch_dims: 0,
      validate_indices: true,
      dtype: { type: 'uint8' },
      Tindices: { type: 'int32' },
    }),
  lanes: ({ inputs: [rows, positions] }) => gatherRows(rows as Sym, positions as Sym),
};

/** Rows at int32 `positions` `[…]` of held rows `[rows, …row]` → `[…, …row]` uint8; no gradient. */
export function gatherRows(rows: Sym, positions: Sym): Sym {
  return apply(gatherRowsPrimitive, [rows, positions]);
}

export const HELD_PRIMITIVES = [gatherRowsPrimitive] as const;
