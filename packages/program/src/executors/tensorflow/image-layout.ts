import type { TensorflowAttribute, TensorflowLowering } from '../../primitives/primitive.ts';
import { type Shape, sizeOf } from '../../shape.ts';
import type { Attributes, Sym } from '../../symbolic.ts';

/** What a graph is built with. */
export interface Tools extends Pick<TensorflowLowering, 'integers' | 'floats'> {
  emit(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, TensorflowAttribute>>,
    name?: string,
  ): string;
}

/** Names of a step's values. */
interface Values {
  set(node: Sym, name: string): void;
  /** Name of a value that lies in the order of its shape. */
  get(node: Sym): string;
  /**
   * Lowers a node where its operands lie best: `rule` gets their names, and the node as it is seen there.
   * @param operands those of the node, or of the larger operator that it is the end of.
   */
  lower(node: Sym, operands: readonly Sym[], rule: (names: readonly string[], view: Sym) => string): void;
}

/** Axes of images in programs and on processors: axis i of one that lies channels last is axis `LAST[i]`. */
const LAST = [0, 2, 3, 1] as const;
const FIRST = [0, 3, 1, 2] as const;
const permuted = (shape: Shape): Shape => LAST.map((axis) => shape[axis] as number);

/** Primitives that convolve: which operands are images, and whether the result is one. */
const CONVOLVING: Readonly<Record<string, { readonly images: readonly number[]; readonly makesImages: boolean }>> = {
  conv2d: { images: [0], makesImages: true },
  conv2dTranspose: { images: [0], makesImages: true },
  conv2dKernelGradient: { images: [0, 1], makesImages: false },
};
/** Primitives that do the same whatever the order of the axes, once their attributes follow it. */
const INDIFFERENT = new Set([
  ...['add', 'sub', 'mul', 'div', 'greater', 'equal', 'where', 'neg', 'abs', 'sqrt', 'exp', 'log', 'tanh', 'sigmoid'],
  ...['softplus', 'relu', 'sin', 'cos', 'leakyRelu', 'cast', 'stopGradient', 'sum', 'max', 'expand', 'slice', 'pad'],
  ...['concat', 'flip'],
]);

/**
 * Keeps images where convolutions want them. On devices that convolve channels last, tensors of four axes stay so through
 * everything that does not mind, and are transposed only where something does.
 */
export function imagesAsTheyLie(tools: Tools, images: TensorflowLowering['images']): Values {
  const first = new Map<Sym, string>();
  const last = new Map<Sym, string>();
  const get = (node: Sym): string => {
    const known =
      first.get(node) ?? reordered(tools, last.get(node) as string, { node, from: permuted(node.shape), order: FIRST });
    first.set(node, known);
    return known;
  };
  const getLast = (node: Sym): string => {
    const known =
      last.get(node) ?? reordered(tools, first.get(node) as string, { node, from: node.shape, order: LAST });
    last.set(node, known);
    return known;
  };
  const lowerInOrder: Values['lower'] = (node, operands, rule) => first.set(node, rule(operands.map(get), node));
  if (images === 'NCHW') return { set: (node, name) => first.set(node, name), get, lower: lowerInOrder };

  const isLast = (input: Sym): boolean => last.has(input) && !first.has(input);
  /** Operands of fewer axes are aligned with the channels first, then turned. */
  const operand = (input: Sym, rank: number): string => {
    if (input.shape.length === 4) return getLast(input);
    if (sizeOf(input.shape) === 1 || rank !== 4) return get(input);
    const aligned = [...new Array<number>(4 - input.shape.length).fill(1), ...input.shape];
    const name = tools.emit('Reshape', [get(input), tools.integers(aligned)], { T: { type: input.dtype } });
    return reordered(tools, name, { node: input, from: aligned, order: LAST });
  };
  return {
    set: (node, name) => first.set(node, name),
    get,
    lower: (node, operands, rule) => {
      const convolving = CONVOLVING[node.primitive];
      if (convolving) {
        const names = operands.map((input, i) => (convolving.images.includes(i) ? getLast(input) : get(input)));
        (convolving.makesImages ? last : first).set(node, rule(names, node));
      } else if (INDIFFERENT.has(node.primitive) && operands.some(isLast) && staysInOrder(node)) {
        const names = operands.map((input) => operand(input, node.shape.length));
        const view = seenLast(node);
        (node.shape.length === 4 ? last : first).set(node, rule(names, view));
      } else lowerInOrder(node, operands, rule);
    },
  };
}

/** A sum that drops axes must not leave channels beside height or width, whose order would differ. */
function staysInOrder(node: Sym): boolean {
  if (node.shape.length === 4) return true;
  const dropped = node.attributes.axes as readonly number[] | undefined;
  return dropped !== undefined && (dropped.includes(1) || (dropped.includes(2) && dropped.includes(3)));
}

/** The node with shape and axes in the order in which its images lie. */
function seenLast(node: Sym): Sym {
  const moved = (axis: number): number => LAST.indexOf(axis as 0);
  const { axis, axes, shape } = node.attributes;
  const attributes: Attributes = {
    ...node.attributes,
    ...(typeof axis === 'number' ? { axis: moved(axis) } : {}),
    ...(Array.isArray(axes) ? { axes: (axes as readonly number[]).map(moved) } : {}),
    ...(Array.isArray(shape) ? { shape: permuted(shape) } : {}),
  };
  return { ...node, attributes, shape: node.shape.length === 4 ? permuted(node.shape) : node.shape };
}

/** Axes in another order: a view of the same elements where no two axes longer than one change places. */
function reordered(
  { emit, integers }: Tools,
  name: string,
  { node, from, order }: { readonly node: Sym; readonly from: Shape; readonly order: readonly number[] },
): string {
  const T = { type: node.dtype };
  const long = order.filter((axis) => (from[axis] as number) > 1);
  if (long.every((axis, i) => i === 0 || axis > (long[i - 1] as number)))
    return emit('Reshape', [name, integers(order.map((axis) => from[axis] as number))], { T });
  return emit('Transpose', [name, integers(order)], { T });
}
