import type { TensorflowAttribute } from '../../primitives/primitive.ts';
import { type Shape, sizeOf } from '../../shape.ts';
import { type GraphNode, savedModel } from './graph-def.ts';

export type Attributes = Readonly<Record<string, TensorflowAttribute>>;

/** A TensorFlow graph under construction. */
export class GraphBuilder {
  readonly #nodes: GraphNode[] = [];
  #constants = new Map<string, string>();
  #after: string | null = null;

  /** Adds a node and returns its name, which stands for its first output. */
  emit(operator: string, inputs: readonly string[], attributes: Attributes, name = `n${this.#nodes.length}`): string {
    this.#nodes.push({ name, operator, inputs, attributes });
    return name;
  }

  /** A constant, made once. */
  constant(tensor: Float32Array | Int32Array, dims: Shape): string {
    const type = tensor instanceof Float32Array ? 'float32' : 'int32';
    if (tensor.length !== sizeOf(dims)) throw new Error(`a constant of ${tensor.length} elements is not [${dims}]`);
    const key = `${type} ${dims}: ${tensor}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const after = this.#after === null ? [] : [`^${this.#after}`];
    const name = this.emit('Const', after, { dtype: { type }, value: { tensor, dims } });
    this.#constants.set(key, name);
    return name;
  }

  readonly integers = (values: readonly number[], dims: Shape = [values.length]): string =>
    this.constant(Int32Array.from(values), dims);

  readonly floats = (values: readonly number[], dims: Shape): string => this.constant(Float32Array.from(values), dims);

  /** Constants made inside belong to the loop whose iterations begin with `node`. */
  insideLoop(node: string, build: () => void): void {
    const [outside, before] = [this.#constants, this.#after];
    this.#constants = new Map();
    this.#after = node;
    build();
    this.#constants = outside;
    this.#after = before;
  }

  /** In the order in which they were added. */
  get nodes(): readonly GraphNode[] {
    return this.#nodes;
  }

  /** The file that the binding loads. */
  finish(): Uint8Array {
    return savedModel(this.#nodes);
  }
}
