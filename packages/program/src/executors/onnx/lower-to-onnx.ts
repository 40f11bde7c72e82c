import type { OnnxAttributes, OnnxLowering } from '../../primitives/primitive.ts';
import { primitiveNamed } from '../../primitives/table.ts';
import type { Program, ProgramState } from '../../program.ts';
import { type Shape, sameShape } from '../../shape.ts';
import type { Sym } from '../../symbolic.ts';
import {
  constantTensor,
  type Dimension,
  graphMessage,
  modelMessage,
  type OperatorNode,
  operatorNode,
  valueInfo,
} from './onnx-model.ts';

/** Names of the model's boundary: `in.` states and inputs that go in, `out.` states and outputs that come out. */
export const inName = (name: string): string => `in.${name}`;
export const outName = (name: string): string => `out.${name}`;

/** Whether a step changes a state. The others are read by the body from outside, and never copied. */
export const isUpdated = ({ symbol, update }: ProgramState): boolean => symbol !== update;

/**
 * The program as one ONNX model that runs any number of steps in a call: a Scan whose body is the step. States go round,
 * inputs of each step are cut from their leading axis, inputs of the call are seen from outside the body.
 */
export function lowerToOnnx(program: Program): Uint8Array {
  const body = stepBody(program);
  const perStep = program.inputs.filter((input) => input.each === 'step');
  const perCall = program.inputs.filter((input) => input.each === 'call');
  const updated = program.states.filter(isUpdated);
  const leading = (shape: Shape): Dimension[] => ['steps', ...shape];
  const needsLength = perStep.length === 0;
  if (needsLength) throw new Error('a program needs at least one input of each step, which says how many there are');
  const scan = operatorNode({
    operator: 'Scan',
    inputs: [...updated, ...perStep].map(({ name }) => inName(name)),
    outputs: [...updated, ...program.outputs].map(({ name }) => outName(name)),
    attributes: { body: { graph: body }, num_scan_inputs: perStep.length },
  });
  return modelMessage(
    graphMessage({
      name: 'program',
      nodes: [scan],
      constants: [],
      inputs: [
        ...program.states.map(({ name, shape }) => valueInfo(inName(name), 'float32', shape)),
        ...perStep.map(({ name, shape, dtype }) => valueInfo(inName(name), dtype, leading(shape))),
        ...perCall.map(({ name, shape, dtype }) => valueInfo(inName(name), dtype, shape)),
      ],
      outputs: [
        ...updated.map(({ name, shape }) => valueInfo(outName(name), 'float32', shape)),
        ...program.outputs.map(({ name, shape }) => valueInfo(outName(name), 'float32', leading(shape))),
      ],
    }),
  );
}

function stepBody(program: Program): Uint8Array {
  const nodes: OperatorNode[] = [];
  const updated = program.states.filter(isUpdated);
  const constants: Uint8Array[] = [];
  const known = new Map<string, string>();
  const constant = (key: string, tensor: (name: string) => Uint8Array): string => {
    const name = known.get(key) ?? `c${known.size}`;
    if (!known.has(key)) constants.push(tensor(name));
    known.set(key, name);
    return name;
  };
  const lowering: OnnxLowering = {
    emit: (operator, inputs, attributes: OnnxAttributes = {}, domain = '') => {
      const name = `t${nodes.length}`;
      nodes.push({ operator, inputs, outputs: [name], attributes, domain });
      return name;
    },
    integers: (values) =>
      constant(`i${values}`, (name) =>
        constantTensor(name, 'int64', [values.length], BigInt64Array.from(values.map(BigInt))),
      ),
    scalar: (value) => constant(`f${value}`, (name) => constantTensor(name, 'float32', [], Float32Array.of(value))),
    floats: (values, shape) =>
      constant(`t${shape}:${values}`, (name) => constantTensor(name, 'float32', [...shape], Float32Array.from(values))),
  };
  const names = new Map<Sym, string>();
  const biased = biasedProducts(program);
  const products = new Set([...biased.values()].map(({ product }) => product));
  for (const node of program.nodes) {
    const fused = biased.get(node);
    if (products.has(node)) continue;
    names.set(node, fused ? lowerBiasedProduct(fused, names, lowering) : lowerNode(node, names, lowering));
  }
  // A body output is the computed tensor under another name; a copy only where a tensor leaves twice or was not computed.
  const computed = new Set(nodes.flatMap(({ outputs }) => outputs));
  const renamed = new Map<string, string>();
  const copies: OperatorNode[] = [];
  const leave = (outside: string, symbol: Sym): void => {
    const inside = names.get(symbol) as string;
    if (computed.has(inside) && !renamed.has(inside)) renamed.set(inside, outside);
    else copies.push({ operator: 'Identity', inputs: [inside], outputs: [outside] });
  };
  for (const { name, update } of updated) leave(`body.state.${name}`, update);
  for (const { name, symbol } of program.outputs) leave(`body.output.${name}`, symbol);
  const finalName = (name: string): string => renamed.get(name) ?? name;
  return graphMessage({
    name: 'step',
    nodes: [...nodes, ...copies].map((node) =>
      operatorNode({ ...node, inputs: node.inputs.map(finalName), outputs: node.outputs.map(finalName) }),
    ),
    constants,
    inputs: [
      ...updated.map(({ name, shape }) => valueInfo(`body.in.${name}`, 'float32', shape)),
      ...program.inputs
        .filter((input) => input.each === 'step')
        .map(({ name, shape, dtype }) => valueInfo(`body.in.${name}`, dtype, shape)),
    ],
    outputs: [
      ...updated.map(({ name, shape }) => valueInfo(`body.state.${name}`, 'float32', shape)),
      ...program.outputs.map(({ name, shape }) => valueInfo(`body.output.${name}`, 'float32', shape)),
    ],
  });

  function lowerNode(node: Sym, lowered: ReadonlyMap<Sym, string>, target: OnnxLowering): string {
    switch (node.primitive) {
      case 'constant':
        return target.scalar(node.attributes.value as number);
      case 'state':
        return updated.some(({ symbol }) => symbol === node) ? `body.in.${node.name}` : inName(node.name);
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
