import { ELEMENTWISE_PRIMITIVES } from '../../primitives/elementwise.ts';
import { concat, slice } from '../../primitives/layout.ts';
import type { Program } from '../../program.ts';
import { simplify } from '../../simplify.ts';
import { addNode, createGraph, type Sym } from '../../symbolic.ts';

/** Two values `[rows, …]` that are made as one `[2 · rows, …]`: the first's rows, then the second's. */
interface Pair {
  readonly members: readonly [Sym, Sym];
  /** Of the node that makes both; null where the two are put together as they are. */
  readonly operands: readonly (Sym | Pair)[] | null;
}

/** A node over the rows of one member of each pair, to be taken over those of both: in place of a sum of two. */
interface Contraction {
  readonly node: Sym;
  readonly operands: readonly Pair[];
}

interface Plan {
  readonly pairOf: ReadonlyMap<Sym, Pair>;
  readonly contracted: ReadonlyMap<Sym, Contraction>;
}

/** So many times as wide as its operand a product must be for two operands to be copied into one. */
const WIDENING = 4;
const ELEMENTWISE: ReadonlySet<string> = new Set(ELEMENTWISE_PRIMITIVES.map(({ name }) => name));

/**
 * The same program with two batches that pass the same dense layers, and whose gradients are added (reals and fakes through
 * D), as one of twice the rows, forwards and backwards: each product has a price of its own, which this halves. Rows are
 * computed as before; sums over the rows of both are made in another order.
 */
export function joinedRows(program: Program): Program {
  const plan = planOf(program);
  return plan.pairOf.size === 0 ? program : rebuilt(program, plan);
}

function planOf({ nodes }: Program): Plan {
  const pairOf = new Map<Sym, Pair>();
  const contracted = new Map<Sym, Contraction>();
  const seen = new Map<string, Sym>();
  const productsOf = new Map<string, Sym>();
  const join = (pair: Pair): Pair => {
    for (const member of pair.members) pairOf.set(member, pair);
    return pair;
  };
  for (const node of nodes) {
    const sum = contractedSum(node, pairOf);
    if (sum) contracted.set(node, sum);
    if (!worksByRows(node)) continue;
    seen.set(keyOf(node, node.inputs), node);
    const twins = twinsOf(node, { pairOf, seen });
    if (twins) join(twins);
    if (twins || !isProduct(node)) continue;
    const [left, right] = node.inputs as readonly [Sym, Sym];
    const key = keyOf(node, [right]);
    const other = productsOf.get(key);
    const otherLeft = other?.inputs[0];
    const begins = other && otherLeft && isNarrow(left, node) && ![other, left, otherLeft].some((x) => pairOf.has(x));
    if (!begins) productsOf.set(key, node);
    else if (followsFirst(left, otherLeft, pairOf))
      join({ members: [node, other], operands: [join({ members: [left, otherLeft], operands: null }), right] });
    else join({ members: [other, node], operands: [join({ members: [otherLeft, left], operands: null }), right] });
  }
  const needed = neededBy([...contracted.values()]);
  return { pairOf: new Map([...pairOf].filter(([, pair]) => needed(pair))), contracted };
}

const keyOf = ({ primitive, attributes, shape }: Sym, operands: readonly Sym[]): string =>
  JSON.stringify([primitive, attributes, shape, operands.map(({ id }) => id)]);

const isPair = (operand: Sym | Pair | undefined): operand is Pair => operand !== undefined && 'members' in operand;
const isProduct = ({ primitive }: Sym): boolean => primitive === 'matMul';
const isNarrow = (left: Sym, product: Sym): boolean =>
  (left.shape[1] as number) * WIDENING <= (product.shape[1] as number);

/** Whether each row of a result `[rows, columns]` follows from the same row of operands. */
const worksByRows = ({ primitive, shape, attributes }: Sym): boolean =>
  shape.length === 2 && (primitive === 'matMul' ? attributes.transposeA === false : ELEMENTWISE.has(primitive));

/** A node and the one that does the same to the other members of pairs. */
function twinsOf(
  node: Sym,
  { pairOf, seen }: { readonly pairOf: ReadonlyMap<Sym, Pair>; readonly seen: ReadonlyMap<string, Sym> },
): Pair | null {
  const operands = node.inputs.map((input) => pairOf.get(input) ?? input);
  const [side, ...otherSides] = new Set(
    operands.flatMap((operand, i) => (isPair(operand) ? [operand.members.indexOf(node.inputs[i] as Sym)] : [])),
  );
  if (side === undefined || otherSides.length > 0 || pairOf.has(node)) return null;
  const fits = isProduct(node)
    ? isPair(operands[0]) && !isPair(operands[1])
    : operands.every((operand, i) => (isPair(operand) ? hasRowsOf : isSameForAllRows)(node.inputs[i] as Sym, node));
  if (!fits) return null;
  const others = operands.map((operand) => (isPair(operand) ? (operand.members[1 - side] as Sym) : operand));
  const twin = seen.get(keyOf(node, others));
  if (!twin || twin === node || pairOf.has(twin)) return null;
  return { members: side === 0 ? [node, twin] : [twin, node], operands };
}

const hasRowsOf = ({ shape }: Sym, node: Sym): boolean => shape.length === 2 && shape[0] === node.shape[0];
const isSameForAllRows = ({ shape }: Sym, node: Sym): boolean =>
  shape.length < 2 || (shape[0] === 1 && node.shape[0] !== 1);

/** Whether `a` comes of the first members of a pair alone and `b` of the second ones: then it is the first here, too. */
function followsFirst(a: Sym, b: Sym, pairOf: ReadonlyMap<Sym, Pair>): boolean {
  const [ofA, ofB] = [ancestorsOf(a), ancestorsOf(b)];
  return [...pairOf.values()].some(
    ({ members: [first, second] }) => ofA.has(first) && !ofA.has(second) && ofB.has(second) && !ofB.has(first),
  );
}

/** `xᵀg + x′ᵀg′` and `Σ g + Σ g′` over the rows of pairs. */
function contractedSum({ primitive, inputs: [a, b] }: Sym, pairOf: ReadonlyMap<Sym, Pair>): Contraction | null {
  if (primitive !== 'add' || !a || !b || !contractsRows(a) || keyOf(a, []) !== keyOf(b, [])) return null;
  const operands = a.inputs.flatMap((input) => pairOf.get(input) ?? []);
  const isOf = (node: Sym, side: 0 | 1): boolean => node.inputs.every((x, i) => operands[i]?.members[side] === x);
  return (isOf(a, 0) && isOf(b, 1)) || (isOf(a, 1) && isOf(b, 0)) ? { node: a, operands } : null;
}

const contractsRows = ({ primitive, shape, attributes }: Sym): boolean =>
  primitive === 'matMul'
    ? shape.length === 2 && attributes.transposeA === true && attributes.transposeB === false
    : primitive === 'sum' && String(attributes.axes) === '0';

/**
 * Whether a contraction is made of a pair. Others gain less, since they are kept until their second half is used: the fakes
 * that G learns from, made with those that D sees.
 */
function neededBy(contractions: readonly Contraction[]): (pair: Pair) => boolean {
  const sources = [...new Set(contractions.flatMap(({ operands }) => operands))].map(
    ({ members: [first, second] }) => ({
      ofFirst: ancestorsOf(first),
      ofSecond: ancestorsOf(second),
    }),
  );
  return ({ members: [first, second] }) =>
    sources.some(({ ofFirst, ofSecond }) => ofFirst.has(first) && ofSecond.has(second));
}

/** The node and all that it follows from. */
function ancestorsOf(node: Sym): ReadonlySet<Sym> {
  const found = new Set<Sym>();
  const open = [node];
  for (let next = open.pop(); next; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...next.inputs);
  }
  return found;
}

/** The program as planned; as it was where two pairs need each other's rows. */
function rebuilt(program: Program, { pairOf, contracted }: Plan): Program {
  const graph = createGraph();
  const renewed = new Map<Sym, Sym>();
  const joined = new Map<Pair, Sym | null>();
  let isCircular = false;
  const alone = (node: Sym): Sym => addNode(graph, { ...node, inputs: node.inputs.map(renew) });
  const both = (pair: Pair): Sym => {
    const [first, second] = pair.members;
    const shape = first.shape.with(0, 2 * (first.shape[0] as number));
    const known = joined.get(pair);
    if (known) return known;
    if (known === null) {
      isCircular = true;
      return addNode(graph, { ...first, shape, inputs: [] });
    }
    joined.set(pair, null);
    const made = pair.operands
      ? addNode(graph, {
          ...first,
          shape,
          inputs: pair.operands.map((operand) => (isPair(operand) ? both(operand) : renew(operand))),
        })
      : concat([renew(first), renew(second)], 0);
    joined.set(pair, made);
    return made;
  };
  const remade = (node: Sym): Sym => {
    const sum = contracted.get(node);
    if (sum) return addNode(graph, { ...sum.node, inputs: sum.operands.map(both) });
    const pair = pairOf.get(node);
    if (!pair?.operands) return alone(node);
    const rows = node.shape[0] as number;
    return slice(both(pair), 0, pair.members[0] === node ? 0 : rows, rows);
  };
  const renew = (node: Sym): Sym => {
    const known = renewed.get(node);
    if (known) return known;
    const made = remade(node);
    renewed.set(node, made);
    return made;
  };
  const whole: Program = {
    states: program.states.map((state) => ({ ...state, symbol: renew(state.symbol), update: renew(state.update) })),
    inputs: program.inputs.map((input) => ({ ...input, symbol: renew(input.symbol) })),
    outputs: program.outputs.map((output) => ({ ...output, symbol: renew(output.symbol) })),
    nodes: graph.nodes,
  };
  return isCircular ? program : simplify(whole);
}
