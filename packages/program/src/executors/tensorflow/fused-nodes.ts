import { OF_FLOATS, type TensorflowLowering } from '../../primitives/primitive.ts';
import { sameShape } from '../../shape.ts';
import type { Sym } from '../../symbolic.ts';

/** A node and what it is made of as one operator of TensorFlow. What nothing else needs of them, TensorFlow drops. */
export interface FusedNode {
  readonly inputs: readonly Sym[];
  lower(names: readonly string[], lowering: TensorflowLowering): string;
}

const operator = (
  name: string,
  inputs: readonly Sym[],
  attributes: Readonly<Record<string, { readonly float: number }>> = {},
): FusedNode => ({ inputs, lower: (names, { emit }) => emit(name, names, { ...OF_FLOATS, ...attributes }) });

const isConstant = ({ primitive, attributes }: Sym, value: number): boolean =>
  primitive === 'constant' && attributes.value === value;

/** The larger operator that a node is the end of; null where it is none. */
export function fusedNode(node: Sym): FusedNode | null {
  switch (node.primitive) {
    case 'add':
      return biasedRows(node);
    case 'where':
      return gradientOfRelu(node);
    case 'mul':
      return gradientOfBounded(node);
    default:
      return null;
  }
}

/** Rows and a vector that is added to each: TensorFlow fuses that further with the product before and the ReLU after it. */
function biasedRows({ inputs, shape }: Sym): FusedNode | null {
  const [rows, bias] = inputs[0]?.shape.length === 2 ? inputs : [inputs[1], inputs[0]];
  const fits = rows?.primitive === 'matMul' && bias?.shape.length === 1 && sameShape(rows.shape, shape);
  return fits && shape.length === 2 ? operator('BiasAdd', [rows, bias]) : null;
}

/** `where(y > 0, g, 0)` and `where(y > 0, g, g · slope)`. */
function gradientOfRelu({ inputs, shape }: Sym): FusedNode | null {
  const [mask, gradient, otherwise] = inputs as readonly [Sym, Sym, Sym];
  const [y, zero] = mask.inputs;
  if (mask.primitive !== 'greater' || !y || !zero || !isConstant(zero, 0)) return null;
  if (!sameShape(y.shape, shape) || !sameShape(gradient.shape, shape)) return null;
  if (isConstant(otherwise, 0)) return operator('ReluGrad', [gradient, y]);
  const slope = factorOf(otherwise, gradient);
  if (slope?.primitive !== 'constant') return null;
  return operator('LeakyReluGrad', [gradient, y], { alpha: { float: slope.attributes.value as number } });
}

/** `g · (1 − y · y)` of `y = tanh(x)` and `g · (y · (1 − y))` of `y = sigmoid(x)`. */
function gradientOfBounded(node: Sym): FusedNode | null {
  for (const slope of node.inputs) {
    const gradient = factorOf(node, slope);
    if (!gradient || !sameShape(gradient.shape, node.shape) || !sameShape(slope.shape, node.shape)) continue;
    const y = [...slope.inputs, ...slope.inputs.flatMap(({ inputs }) => inputs)].find(
      ({ primitive }) => primitive === 'tanh' || primitive === 'sigmoid',
    );
    if (!y) continue;
    if (
      y.primitive === 'tanh' &&
      isRest(slope, (rest) => rest.primitive === 'mul' && rest.inputs.every((x) => x === y))
    )
      return operator('TanhGrad', [y, gradient]);
    const other = y.primitive === 'sigmoid' ? factorOf(slope, y) : null;
    if (other && isRest(other, (rest) => rest === y)) return operator('SigmoidGrad', [y, gradient]);
  }
  return null;
}

/** The other factor of a product that has this one. */
function factorOf({ primitive, inputs: [a, b] }: Sym, factor: Sym): Sym | null {
  if (primitive !== 'mul') return null;
  return (a === factor ? b : b === factor ? a : null) ?? null;
}

/** Whether x is `1 − rest`. */
function isRest({ primitive, inputs: [one, rest] }: Sym, is: (rest: Sym) => boolean): boolean {
  return primitive === 'sub' && one !== undefined && rest !== undefined && isConstant(one, 1) && is(rest);
}
