import { heldBytes } from '../../primitives/held-rows.ts';
import type { OnnxAttributes, OnnxLowering } from '../../primitives/primitive.ts';
import { primitiveNamed } from '../../primitives/table.ts';
import type { Program, ProgramState } from '../../program.ts';
import { type Shape, sameShape } from '../../shape.ts';
import type { DType, Sym } from '../../symbolic.ts';
import { constantTensor, type OperatorNode } from './onnx-model.ts';

/** Name of what goes into the model: states and inputs. */
export const inName = (name: string): string => `in.${name}`;

/** Whether a step changes a state. The others are read by the body from outside, and never copied. */
export const isUpdated = ({ symbol, update }: ProgramState): boolean => symbol !== update;

interface Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** An operator of one result. */
export interface StepOperator extends OperatorNode {
  readonly result: Tensor;
}

/** One step in operators of ONNX, each operand before its users. */
export interface StepOperators {
  readonly operators: readonly StepOperator[];
  /** `TensorProto` messages. */
  readonly constants: readonly Uint8Array[];
  /** Results that leave the step: updated states in their order, then outputs. */
  readonly leaving: readonly { readonly name: string; readonly shape: Shape }[];
}

/** Lowers a step. States and inputs of each step are called `body.in.NAME`, what comes from outside the step `in.NAME`. */
export function stepOperators(program: Program): StepOperators {
  const nodes: StepOperator[] = [];
  const updated = program.states.filter(isUpdated);
  const constants: Uint8Array[] = [];
  const known = new Map<string, string>();
  const constant = (key: string, tensor: (name: string) => Uint8Array): string => {
    const name = known.get(key) ?? `c${known.size}`;
    if (!known.has(key)) constants.push(tensor(name));
    known.set(key, name);
    return name;
  };
  const loweringOf = ({ shape, dtype }: Sym): OnnxLowering => ({
    emit: (operator, inputs, attributes: OnnxAttributes = {}, about = {}) => {
      const name = `t${nodes.length}`;
      const result = { shape: about.shape ?? shape, dtype };
      nodes.push({ operator, inputs, outputs: [name], attributes, domain: about.domain ?? '', result });
      return name;
    },
    integers: (values) =>
      constant(`i${values}`, (name) =>
        constantTensor(name, 'int64', [values.length], BigInt64Array.from(values.map(BigInt))),
      ),
    scalar: (value) => constant(`f${value}`, (name) => constantTensor(name, 'float32', [], Float32Array.of(value))),
    floats: (values, shape) =>
      constant(`t${shape}:${values}`, (name) => constantTensor(name, 'float32', [...shape], Float32Array.from(values))),
  });
  const names = new Map<Sym, string>();
  const biased = biasedProducts(program);
  const products = new Set([...biased.values()].map(({ product }) => product));
  for (const node of program.nodes) {
    const fused = biased.get(node);
    if (products.has(node)) continue;
    names.set(node, fused ? lowerBiasedProduct(fused, names, loweringOf(node)) : lowerNode(node, names));
  }
  // What leaves is the computed tensor under another name; a copy only where a tensor leaves twice or was not computed.
  const computed = new Set(nodes.flatMap(({ outputs }) => outputs));
  const renamed = new Map<string, string>();
  const copies: StepOperator[] = [];
  const leave = (outside: string, symbol: Sym): void => {
    const inside = names.get(symbol) as string;
    if (computed.has(inside) && !renamed.has(inside)) renamed.set(inside, outside);
    else copies.push({ operator: 'Identity', inputs: [inside], outputs: [outside], result: symbol });
  };
  const leaving = [
    ...updated.map(({ name, shape, update }) => ({ name: `body.state.${name}`, shape, symbol: update })),
    ...program.outputs.map(({ name, shape, symbol }) => ({ name: `body.output.${name}`, shape, symbol })),
  ];
  for (const { name, symbol } of leaving) leave(name, symbol);
  const finalName = (name: string): string => renamed.get(name) ?? name;
  return {
    operators: [...nodes, ...copies].map((node) => ({
      ...node,
      inputs: node.inputs.map(finalName),
      outputs: node.outputs.map(finalName),
    })),
    constants,
    leaving,
  };

  function lowerNode(node: Sym, lowered: ReadonlyMap<Sym, string>): string {
    const target = loweringOf(node);
    switch (node.primitive) {
      case 'constant':
        return target.scalar(node.attributes.value as number);
      case 'state':
        return updated.some(({ symbol }) => symbol === node) ? `body.in.${node.name}` : inName(node.name);
      case 'held':
        return constant(`h${node.name}`, (name) => constantTensor(name, 'uint8', node.shape, heldBytes(node)));
      case 'input':
        return program.inputs.some((input) => input.symbol === node && input.each === 'call')
          ? inName(node.name)
          : `body.in.${node.name}`;
      default:
        return primitiveNamed(node.primitive).onnx(
          node.inputs.map((input) => lowered.get(input) as string),
          node,
          target,
        );
    }
  }
}

interface BiasedProduct {
  readonly product: Sym;
  readonly bias: Sym;
}

/** Sums of a matrix product, needed for nothing else, and a row vector: one Gemm instead of two operators. */
function biasedProducts(program: Program): ReadonlyMap<Sym, BiasedProduct> {
  const uses = new Map<Sym, number>();
  const use = (symbol: Sym): void => void uses.set(symbol, (uses.get(symbol) ?? 0) + 1);
  for (const { inputs } of program.nodes) inputs.forEach(use);
  for (const { update } of program.states) use(update);
  for (const { symbol } of program.outputs) use(symbol);
  const found = new Map<Sym, BiasedProduct>();
  for (const node of program.nodes) {
    if (node.primitive !== 'add') continue;
    const [a, b] = node.inputs as readonly [Sym, Sym];
    for (const [product, bias] of [
      [a, b],
      [b, a],
    ] as const)
      if (
        product.primitive === 'matMul' &&
        product.shape.length === 2 &&
        uses.get(product) === 1 &&
        bias.shape.length === 1 &&
        sameShape(product.shape, node.shape)
      )
        found.set(node, { product, bias });
  }
  return found;
}

function lowerBiasedProduct(
  { product, bias }: BiasedProduct,
  lowered: ReadonlyMap<Sym, string>,
  { emit }: OnnxLowering,
): string {
  const { transposeA, transposeB } = product.attributes;
  return emit(
    'Gemm',
    [...product.inputs, bias].map((input) => lowered.get(input) as string),
    { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 },
  );
}
