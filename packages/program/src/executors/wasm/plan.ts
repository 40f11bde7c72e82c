import type { Program } from '../../program.ts';
import { type Shape, sameShape, sizeOf } from '../../shape.ts';
import type { Sym } from '../../symbolic.ts';
import { columnsOf, formOf } from './broadcast-form.ts';
import { ELEMENTWISE } from './elementwise.ts';

/** One pass over all elements of a shape: elementwise primitives, and sums or maxima over everything. */
export interface LoopKernel {
  readonly kind: 'loop';
  readonly shape: Shape;
  readonly members: Sym[];
  /** Length of the rows by which smaller operands repeat; null while all are whole or scalars. */
  columns: number | null;
}

/** A product `[stacks, n, k] · [stacks, k, m]`, and elementwise primitives applied to its tiles as they are stored. */
export interface ProductKernel {
  readonly kind: 'product';
  readonly shape: Shape;
  /** The product itself, then what is done to its tiles. */
  readonly members: Sym[];
  columns: number | null;
  readonly left: Sym;
  /** Never transposed: a transposed operand was copied first. */
  readonly right: Value;
  readonly size: ProductSize;
}

/** `[rows, inner] · [inner, columns]`. */
export interface ProductSize {
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
  /** Whether the left operand lies in memory as `[inner, rows]`. */
  readonly transposed: boolean;
}

/** A product with few columns whose operands both have the inner axis last, `[…, n, k]` and `[…, m, k]`. */
export interface DotsKernel {
  readonly kind: 'dots';
  readonly node: Sym;
  readonly left: Sym;
  readonly right: Value;
}

/** A matrix with its last two axes swapped: a copy that is no value of the program. */
export interface Swapped {
  readonly swapped: Sym;
}

/** What lies in memory: a tensor of the program or a copy. */
export type Value = Sym | Swapped;

export interface SwapKernel {
  readonly kind: 'swap';
  readonly value: Swapped;
}

/** Sum over leading axes: `[rows, columns]` → `[columns]`. */
export interface ColumnSumKernel {
  readonly kind: 'column-sum';
  readonly node: Sym;
}

/** A sum or maximum over any other axes. */
export interface ReduceKernel {
  readonly kind: 'reduce';
  readonly node: Sym;
}

/** Elements of `source` put into `target`, one by one: transposes, flips, slices, pads, expansions, concatenations. */
export interface CopyKernel {
  readonly kind: 'copy';
  readonly source: Sym;
  readonly target: Sym;
  readonly shape: Shape;
  /** Elements from one position to the next along each axis of `shape`. */
  readonly sourceSteps: readonly number[];
  readonly targetSteps: readonly number[];
  readonly sourceStart: number;
  readonly targetStart: number;
  /** The target is set to zero first. */
  readonly clears: boolean;
}

/** Bytes of an input as floats, or as masks. */
export interface ConvertKernel {
  readonly kind: 'convert';
  readonly node: Sym;
}

export type Kernel =
  | LoopKernel
  | ProductKernel
  | DotsKernel
  | SwapKernel
  | ColumnSumKernel
  | ReduceKernel
  | CopyKernel
  | ConvertKernel;

/** A value that lies inside another one, `offset` elements on. */
export interface View {
  readonly of: Sym;
  readonly offset: number;
}

/** The work of one step in order: every kernel finds its operands made. */
export interface Plan {
  readonly kernels: readonly Kernel[];
  /** Values that are other names for parts of earlier ones. */
  readonly views: ReadonlyMap<Sym, View>;
  /** Values that are written straight into a concatenation. */
  readonly placed: ReadonlyMap<Sym, View>;
  /** What members of passes read: their inputs, or copies of them. */
  readonly operands: ReadonlyMap<Sym, readonly Sym[]>;
}

/** The executor of dense programs met a primitive that it does not have. */
export class NotDense extends Error {
  override readonly name = 'NotDense';
}

const VECTOR = 4;
/** Up to here a product is made of dot products: vectors of its columns would be half empty. */
const FEW_COLUMNS = 2;
/** Tile rows are stored whole, so what is done to them is not repeated for columns that do not exist. */
const TILE_COLUMNS = 4;

/** Groups the nodes of a program into kernels. @throws NotDense naming a primitive that is not among them. */
export function planProgram(program: Program): Plan {
  const kernels: Kernel[] = [];
  const views = new Map<Sym, View>();
  const placed = new Map<Sym, View>();
  const operands = new Map<Sym, readonly Sym[]>();
  const swapped = new Map<Sym, Swapped>();
  /**
   * When a value can be read: −1 from the beginning, k inside kernel k, element by element, k + ½ after kernel k.
   */
  const ready = new Map<Sym, number>();
  const readyAt = (sym: Sym): number => ready.get(sym) ?? -1;
  const afterAll = (sym: Sym): number => Math.floor(readyAt(sym)) + 0.5;
  const inputsOf = (node: Sym): readonly Sym[] => operands.get(node) ?? node.inputs;
  const inputsOfAll = (nodes: readonly Sym[]): readonly Sym[] =>
    nodes.flatMap(inputsOf).filter((input) => !nodes.includes(input));
  const remade = masksToRemake(program);
  const push = (kernel: Kernel): number => kernels.push(kernel) - 1;
  const asView = (node: Sym, of: Sym, offset: number): void => {
    views.set(node, { of, offset });
    ready.set(node, readyAt(of) < 0 ? -1 : afterAll(of));
  };
  const copy = (kernel: Omit<CopyKernel, 'kind'>): void => {
    ready.set(kernel.target, push({ kind: 'copy', ...kernel }) + 0.5);
  };

  const isFusible = (kernel: Kernel | undefined): kernel is LoopKernel | ProductKernel =>
    kernel?.kind === 'loop' || (kernel?.kind === 'product' && (kernel.shape.at(-1) as number) % TILE_COLUMNS === 0);
  const joined = (kernel: LoopKernel | ProductKernel, nodes: readonly Sym[]): boolean => {
    const columns = columnsOf(
      inputsOfAll(nodes)
        .filter((input) => !kernel.members.includes(input))
        .map((input) => formOf(input.shape, kernel.shape)),
      kernel.columns,
    );
    if (columns === undefined) return false;
    kernel.columns = columns;
    kernel.members.push(...nodes);
    return true;
  };
  /**
   * Puts an elementwise node, behind those that are made for it alone, or the reduction of all its operand's elements, into
   * a pass over `shape`.
   */
  const fuse = (nodes: readonly Sym[], shape: Shape, reduces: boolean): void => {
    const inputs = inputsOfAll(nodes);
    const needs = Math.max(-1, ...inputs.map(readyAt));
    const done = (at: number): void => {
      for (const node of nodes) ready.set(node, reduces ? at + 0.5 : at);
    };
    const at = Math.floor(needs);
    const own = kernels[at];
    if (
      Number.isInteger(needs) &&
      isFusible(own) &&
      (own.kind === 'loop' || !reduces) &&
      sameShape(own.shape, shape) &&
      inputs.every((input) => own.members.includes(input) || readyAt(input) < at) &&
      joined(own, nodes)
    ) {
      done(at);
      return;
    }
    for (let later = kernels.length - 1; later > needs; later--) {
      const kernel = kernels[later];
      if (kernel?.kind === 'loop' && sameShape(kernel.shape, shape) && joined(kernel, nodes)) {
        done(later);
        return;
      }
    }
    const kernel: LoopKernel = { kind: 'loop', shape, members: [], columns: null };
    if (!joined(kernel, nodes)) throw new Error(`${nodes.at(-1)?.primitive} cannot be broadcast in one pass`);
    done(push(kernel));
  };
  /** Operands of a node in one pass; those that repeat in a way that no pass can follow are copied out first. */
  const simpleOperands = (node: Sym): readonly Sym[] => {
    let columns: number | null = null;
    return node.inputs.map((input) => {
      const shared = columnsOf([formOf(input.shape, node.shape)], columns);
      if (shared === undefined) return copiedOut(input, node.shape);
      columns = shared;
      return input;
    });
  };
  const copiedOut = (source: Sym, shape: Shape): Sym => {
    const target: Sym = { ...source, primitive: 'expand', inputs: [source], attributes: { shape }, shape };
    const steps = stepsOf(source.shape);
    const shift = shape.length - source.shape.length;
    const sourceSteps = shape.map((_, axis) =>
      axis < shift || source.shape[axis - shift] === 1 ? 0 : (steps[axis - shift] as number),
    );
    copy({
      source,
      target,
      shape,
      sourceSteps,
      targetSteps: stepsOf(shape),
      sourceStart: 0,
      targetStart: 0,
      clears: false,
    });
    return target;
  };

  for (const node of program.nodes) {
    switch (node.primitive) {
      case 'constant':
      case 'table':
      case 'state':
        continue;
      // What reads them is refused.
      case 'held':
        continue;
      case 'input':
        if (node.dtype !== 'float32') ready.set(node, push({ kind: 'convert', node: node }) + 0.5);
        continue;
      case 'reshape':
      case 'stopGradient':
        asView(node, node.inputs[0] as Sym, 0);
        continue;
      case 'matMul':
        product(node);
        continue;
      case 'sum':
      case 'max':
        reduction(node);
        continue;
      case 'transpose':
      case 'slice':
      case 'flip':
      case 'pad':
        moved(node);
        continue;
      case 'concat':
        concatenation(node);
        continue;
      case 'cast':
        if (node.inputs[0]?.dtype === 'uint8') {
          asView(node, node.inputs[0], 0);
          continue;
        }
    }
    if (!(node.primitive in ELEMENTWISE))
      throw new NotDense(`the wasm backend runs dense networks; it has no ${node.primitive}`);
    if (remade.has(node)) continue;
    const masks = new Map(node.inputs.filter((input) => remade.has(input)).map((mask) => [mask, { ...mask }]));
    operands.set(
      node,
      simpleOperands(node).map((input) => masks.get(input) ?? input),
    );
    fuse([...masks.values(), node], node.shape, false);
  }
  return { kernels, views, placed, operands };

  function product(node: Sym): void {
    const [left, right] = node.inputs as readonly [Sym, Sym];
    const { transposeA, transposeB } = node.attributes;
    const [rows, columns] = [node.shape.at(-2) as number, node.shape.at(-1) as number];
    const inner = left.shape.at(transposeA ? -2 : -1) as number;
    // A single row or column has the same elements in the same order when it is transposed.
    const isLine = right.shape.at(-1) === 1 || right.shape.at(-2) === 1;
    if (!transposeA && columns <= FEW_COLUMNS && inner % VECTOR === 0) {
      const operand = transposeB || isLine ? right : swappedOf(right);
      ready.set(node, push({ kind: 'dots', node, left, right: operand }) + 0.5);
      return;
    }
    const operand = transposeB && !isLine ? swappedOf(right) : right;
    // A column of the result is computed as the row that has its elements, so that vectors are full.
    const isColumn = Boolean(transposeA) && columns === 1 && operand === right;
    const size: ProductSize = isColumn
      ? { rows: 1, columns: rows, inner, transposed: false }
      : { rows, columns, inner, transposed: Boolean(transposeA) };
    const operands = isColumn ? { left: right, right: left } : { left, right: operand };
    const kernel: ProductKernel = { kind: 'product', shape: node.shape, members: [node], columns, size, ...operands };
    ready.set(node, push(kernel) + (isColumn ? 0.5 : 0));
  }

  function swappedOf(matrix: Sym): Swapped {
    const known = swapped.get(matrix);
    if (known) return known;
    const value = { swapped: matrix };
    push({ kind: 'swap', value });
    swapped.set(matrix, value);
    return value;
  }

  function reduction(node: Sym): void {
    const [x] = node.inputs as readonly [Sym];
    const axes = node.attributes.axes as readonly number[];
    const kept = x.shape.flatMap((length, axis) => (axes.includes(axis) || length === 1 ? [] : [axis]));
    const gone = x.shape.flatMap((length, axis) => (axes.includes(axis) && length > 1 ? [axis] : []));
    if (kept.length === 0) {
      fuse([node], x.shape, true);
      return;
    }
    const leading = gone.every((axis) => axis < (kept[0] as number));
    if (gone.length === 0) {
      asView(node, x, 0);
      return;
    }
    const kind = leading && node.primitive === 'sum' ? 'column-sum' : 'reduce';
    ready.set(node, push({ kind, node }) + 0.5);
  }

  function moved(node: Sym): void {
    const [x] = node.inputs as readonly [Sym];
    const steps = stepsOf(x.shape);
    const [own, axis] = [stepsOf(node.shape), node.attributes.axis as number];
    const plain = { source: x, target: node, sourceStart: 0, targetStart: 0, clears: false, targetSteps: own };
    if (node.primitive === 'transpose') {
      const order = node.attributes.permutation as readonly number[];
      const long = order.filter((from) => x.shape[from] !== 1);
      if (long.every((from, i) => i === 0 || from > (long[i - 1] as number))) asView(node, x, 0);
      else copy({ ...plain, shape: node.shape, sourceSteps: order.map((from) => steps[from] as number) });
    } else if (node.primitive === 'slice') {
      const start = (node.attributes.start as number) * (steps[axis] as number);
      if (sizeOf(x.shape.slice(0, axis)) === 1) asView(node, x, start);
      else copy({ ...plain, shape: node.shape, sourceSteps: steps, sourceStart: start });
    } else if (node.primitive === 'flip') {
      const sourceStart = ((x.shape[axis] as number) - 1) * (steps[axis] as number);
      copy({ ...plain, shape: node.shape, sourceSteps: steps.with(axis, -(steps[axis] as number)), sourceStart });
    } else {
      const targetStart = (node.attributes.before as number) * (own[axis] as number);
      copy({ ...plain, shape: x.shape, sourceSteps: steps, targetStart, clears: true });
    }
  }

  function concatenation(node: Sym): void {
    const axis = node.attributes.axis as number;
    const own = stepsOf(node.shape);
    let [start, last] = [0, -1];
    for (const part of node.inputs) {
      const root = rootOf(part, views);
      const made = readyAt(root.of) >= 0 && root.of.primitive !== 'concat' && root.of.primitive !== 'pad';
      const whole = root.offset === 0 && sizeOf(root.of.shape) === sizeOf(part.shape);
      if (sizeOf(node.shape.slice(0, axis)) === 1 && made && whole && !placed.has(root.of)) {
        placed.set(root.of, { of: node, offset: start });
        last = Math.max(last, afterAll(root.of));
      } else {
        const at = push({
          kind: 'copy',
          source: part,
          target: node,
          shape: part.shape,
          sourceSteps: stepsOf(part.shape),
          targetSteps: own,
          sourceStart: 0,
          targetStart: start,
          clears: false,
        });
        last = Math.max(last, at + 0.5);
      }
      start += (part.shape[axis] as number) * (own[axis] as number);
    }
    ready.set(node, last);
  }
}

/**
 * Comparisons with a constant that only choose between values of their own shape: each user makes them anew, which takes
 * less than to write them and to read them again.
 */
function masksToRemake({ nodes, outputs, states }: Program): ReadonlySet<Sym> {
  const masks = new Set(
    nodes.filter(
      ({ primitive, inputs }) => primitive === 'greater' && inputs.some((input) => input.primitive === 'constant'),
    ),
  );
  for (const node of nodes)
    node.inputs.forEach((input, i) => {
      if (node.primitive !== 'where' || i > 0 || !sameShape(node.shape, input.shape)) masks.delete(input);
    });
  for (const kept of [...outputs.map(({ symbol }) => symbol), ...states.map(({ update }) => update)])
    masks.delete(kept);
  return masks;
}

/** The value that holds a view's elements, and where in it they begin. */
export function rootOf(sym: Sym, views: ReadonlyMap<Sym, View>): View {
  let [of, offset] = [sym, 0];
  for (let view = views.get(of); view; view = views.get(of)) {
    offset += view.offset;
    of = view.of;
  }
  return { of, offset };
}

function stepsOf(shape: Shape): number[] {
  const steps = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--)
    steps[axis] = (steps[axis + 1] as number) * (shape[axis + 1] as number);
  return steps;
}
