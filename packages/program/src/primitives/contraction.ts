import { ShapeError, sameShape, sizeOf } from '../shape.ts';
import type { Sym } from '../symbolic.ts';
import { apply, OF_FLOATS, type Primitive, type ReferenceTensor, requireFloats } from './primitive.ts';

interface Transposition {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const matMulPrimitive: Primitive = {
  name: 'matMul',
  infer: ([a, b], attributes) => {
    const { transposeA, transposeB } = attributes as unknown as Transposition;
    const left = (a as Sym).shape;
    const right = (b as Sym).shape;
    requireFloats([a as Sym, b as Sym]);
    if (left.length < 2 || left.length !== right.length || !sameShape(left.slice(0, -2), right.slice(0, -2)))
      throw new ShapeError('wants two matrices, or two stacks of equally many');
    const [rows, inner] = transposeA ? [left.at(-1), left.at(-2)] : [left.at(-2), left.at(-1)];
    const [innerB, columns] = transposeB ? [right.at(-1), right.at(-2)] : [right.at(-2), right.at(-1)];
    if (inner !== innerB) throw new ShapeError(`inner lengths ${inner} and ${innerB} differ`);
    return { shape: [...left.slice(0, -2), rows as number, columns as number], dtype: 'float32' };
  },
  vjp: ({ node, inputs: [a, b], cotangent, wanted }) => {
    const { transposeA, transposeB } = node.attributes as unknown as Transposition;
    const left = a as Sym;
    const right = b as Sym;
    const forA = (): Sym =>
      transposeA
        ? matMul(right, cotangent, { transposeA: transposeB, transposeB: true })
        : matMul(cotangent, right, { transposeB: !transposeB });
    const forB = (): Sym =>
      transposeB
        ? matMul(cotangent, left, { transposeA: true, transposeB: transposeA })
        : matMul(left, cotangent, { transposeA: !transposeA });
    return [wanted(0) ? forA() : null, wanted(1) ? forB() : null];
  },
  reference: ([a, b], node) => {
    const { transposeA, transposeB } = node.attributes as unknown as Transposition;
    const left = a as ReferenceTensor;
    const right = b as ReferenceTensor;
    const rows = node.shape.at(-2) as number;
    const columns = node.shape.at(-1) as number;
    const inner = (transposeA ? left.shape.at(-2) : left.shape.at(-1)) as number;
    const out = new Float64Array(sizeOf(node.shape));
    for (let stack = 0; stack < out.length / (rows * columns); stack++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
          let total = 0;
          for (let k = 0; k < inner; k++) {
            const x = left.data[stack * rows * inner + (transposeA ? k * rows + i : i * inner + k)] as number;
            const y = right.data[stack * inner * columns + (transposeB ? j * inner + k : k * columns + j)] as number;
            total += x * y;
          }
          out[(stack * rows + i) * columns + j] = total;
        }
    return out;
  },
  onnx: (inputs, node, { emit }) => {
    const { transposeA, transposeB } = node.attributes as unknown as Transposition;
    const flags = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
    if (node.shape.length === 2) return emit('Gemm', inputs, flags);
    return transposeA || transposeB
      ? emit('FusedMatMul', inputs, flags, { domain: 'com.microsoft' })
      : emit('MatMul', inputs);
  },
  tensorflow: (inputs, node, { emit }) => {
    const { transposeA, transposeB } = node.attributes as unknown as Transposition;
    if (node.shape.length === 2)
      return emit('MatMul', inputs, { ...OF_FLOATS, transpose_a: transposeA, transpose_b: transposeB });
    return emit('BatchMatMulV2', inputs, { ...OF_FLOATS, adj_x: transposeA, adj_y: transposeB });
  },
  // The lanes are one more axis of the stack.
  lanes: ({ inputs, node }) => apply(matMulPrimitive, inputs, node.attributes),
};

/**
 * Matrix product `[…, n, k] · […, k, m] → […, n, m]`; the flags read an operand with its last two axes swapped.
 * Leading axes must be equal (no broadcasting).
 */
export function matMul(a: Sym, b: Sym, { transposeA = false, transposeB = false }: Partial<Transposition> = {}): Sym {
  return apply(matMulPrimitive, [a, b], { transposeA, transposeB });
}

export const CONTRACTION_PRIMITIVES = [matMulPrimitive] as const;
