import type { Shape } from './shape.ts';

export const DTYPES = ['float32', 'uint8', 'int32', 'bool'] as const;
export type DType = (typeof DTYPES)[number];

/** Settings of a node that are not tensors: axes, strides, slopes. */
export type Attributes = Readonly<Record<string, number | boolean | readonly number[]>>;

/** Rows of bytes that a program holds: what it is to work on again and again, given once when it is loaded. */
export interface HeldRows {
  /** Names the content: equal where the bytes are. */
  readonly content: string;
  /** `[rows, …row]`. */
  readonly shape: Shape;
  /** All rows in memory that is the caller's; asked for at each loading. */
  readonly read: () => Uint8Array;
}

/** A symbolic tensor: the one output of a node of a graph under construction. Its inner fields belong to this package. */
export interface Sym {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Position in its graph; inputs always have smaller ones. */
  readonly id: number;
  readonly graph: Graph;
  readonly primitive: string;
  readonly inputs: readonly Sym[];
  readonly attributes: Attributes;
  /** Name of a state or input, content of held rows; empty otherwise. */
  readonly name: string;
  /** Of a node `held` alone. */
  readonly held?: HeldRows;
}

/** A number stands for a constant of shape []. */
export type Operand = Sym | number;

/** Nodes in the order of their making; equal nodes are made once. */
export interface Graph {
  readonly nodes: Sym[];
  readonly known: Map<string, Sym>;
}

export function createGraph(): Graph {
  return { nodes: [], known: new Map() };
}

/** Appends a node, or returns the equal one that is there already. */
export function addNode(graph: Graph, node: Omit<Sym, 'id' | 'graph'>): Sym {
  const key = JSON.stringify([
    node.primitive,
    node.name,
    node.inputs.map((input) => input.id),
    node.attributes,
    node.shape,
    node.dtype,
  ]);
  const known = graph.known.get(key);
  if (known) return known;
  for (const input of node.inputs)
    if (input.graph !== graph) throw new Error(`${node.primitive}: operands belong to different programs`);
  const sym: Sym = { ...node, id: graph.nodes.length, graph };
  graph.nodes.push(sym);
  graph.known.set(key, sym);
  return sym;
}
