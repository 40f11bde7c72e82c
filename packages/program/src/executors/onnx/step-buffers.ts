import { bytesOf } from '../../cost-of-program.ts';
import type { StepOperator, StepOperators } from './step-operators.ts';

/** Memory that one result, or several one after another, lie in. */
export interface StepBuffer {
  readonly bytes: number;
  /** Positions of the first operator that writes it and of the last one that uses it. */
  readonly first: number;
  last: number;
}

/** Operators whose result is their operand's memory. */
const ALIASES: ReadonlySet<string> = new Set(['Reshape']);
/** Operators whose kernels may write over an operand that nothing else needs; arithmetic is not among them. */
const IN_PLACE: ReadonlySet<string> = new Set(['LeakyRelu', 'Relu', 'Sigmoid', 'Softplus', 'Tanh']);

/**
 * The buffers that ONNX Runtime gives the results of a step: of an operand that ends there, else of an earlier result of
 * the same shape that nothing needs any more, else a new one. What leaves the step has memory of its own.
 * @param order of execution.
 * @see https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/core/framework/allocation_planner.cc
 */
export function stepBuffers(order: readonly StepOperator[], leaving: ReadonlySet<string>): readonly StepBuffer[] {
  const buffers: StepBuffer[] = [];
  /** Uses of a buffer that are still to come. */
  const uses = new Map<StepBuffer, number>();
  const usesOf = new Map<string, number>();
  for (const { inputs } of order) for (const name of inputs) usesOf.set(name, (usesOf.get(name) ?? 0) + 1);
  const home = new Map<string, StepBuffer>();
  const idle = new Map<string, StepBuffer[]>();
  const shapeOf = new Map<StepBuffer, string>();
  order.forEach(({ operator, inputs, outputs: [name = ''], result }, at) => {
    const key = `${result.dtype === 'float32' ? 4 : 1}:${result.shape}`;
    if (!leaving.has(name)) {
      const ending = IN_PLACE.has(operator)
        ? inputs.map((input) => home.get(input)).find((own) => own && uses.get(own) === 1 && shapeOf.get(own) === key)
        : undefined;
      const given = ALIASES.has(operator) ? home.get(inputs[0] as string) : (ending ?? idle.get(key)?.pop());
      const outside = ALIASES.has(operator) && !given;
      if (!outside) {
        const own = given ?? { bytes: bytesOf(result), first: at, last: at };
        if (!given) buffers.push(own);
        uses.set(own, (uses.get(own) ?? 0) + (usesOf.get(name) ?? 0));
        if (!given) shapeOf.set(own, key);
        home.set(name, own);
        own.last = at;
      }
    }
    for (const input of inputs) {
      const used = home.get(input);
      if (!used) continue;
      used.last = at;
      const left = (uses.get(used) as number) - 1;
      uses.set(used, left);
      if (left === 0) {
        const shape = shapeOf.get(used) as string;
        idle.set(shape, [...(idle.get(shape) ?? []), used]);
      }
    }
  });
  return buffers;
}

/**
 * The order in which ONNX Runtime runs operators: depth first from those whose results no other one uses, the last one
 * first, and of an operator's operands the last one first.
 * @see https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/core/graph/graph_viewer.cc
 */
export function executionOrder({ operators }: StepOperators): readonly StepOperator[] {
  const makerOf = new Map(operators.map((operator, i) => [operator.outputs[0], i]));
  const makersOf = operators.map(({ inputs }) =>
    inputs
      .map((name) => makerOf.get(name))
      .filter((maker) => maker !== undefined)
      .sort((a, b) => a - b),
  );
  const used = new Set(makersOf.flat());
  const seen = new Set<number>();
  const order: StepOperator[] = [];
  const stack = operators.flatMap((_, i) => (used.has(i) ? [] : [{ at: i, done: false }]));
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { at, done } = top;
    if (done) order.push(operators[at] as StepOperator);
    else if (!seen.has(at)) {
      seen.add(at);
      stack.push({ at, done: true });
      for (const maker of makersOf[at] as readonly number[])
        if (!seen.has(maker)) stack.push({ at: maker, done: false });
    }
  }
  return order;
}
