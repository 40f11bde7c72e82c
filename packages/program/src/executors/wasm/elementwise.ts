import type { Sym } from '../../symbolic.ts';
import {
  cosine,
  type Decay,
  exponential,
  hyperbolicTangent,
  logarithm,
  logistic,
  sine,
  softplus,
} from './vector-math.ts';
import type { FunctionBody, VectorInstruction } from './wasm-binary.ts';

/**
 * Leaves the node's four elements on the stack; operands are locals. Masks are all ones or zero.
 * @param decayOf what a pass has made of a local already, or of its negative.
 */
type Rule = (body: FunctionBody, operands: readonly number[], node: Sym, decayOf: (local: number) => Decay) => void;

const at = (operands: readonly number[], i: number): number => operands[i] as number;
const instruction =
  (name: VectorInstruction): Rule =>
  (body, operands) => {
    for (const operand of operands) body.get(operand);
    body.vector(name);
  };
const call =
  (emit: (body: FunctionBody, x: number) => void): Rule =>
  (body, operands) =>
    emit(body, at(operands, 0));

/** How an elementwise primitive is computed, four elements at a time. NaN goes through each of them. */
export const ELEMENTWISE: Readonly<Record<string, Rule>> = {
  add: instruction('f32x4.add'),
  sub: instruction('f32x4.sub'),
  mul: instruction('f32x4.mul'),
  div: instruction('f32x4.div'),
  greater: instruction('f32x4.gt'),
  equal: instruction('f32x4.eq'),
  neg: instruction('f32x4.neg'),
  abs: instruction('f32x4.abs'),
  sqrt: instruction('f32x4.sqrt'),
  exp: call(exponential),
  log: call(logarithm),
  tanh: call(hyperbolicTangent),
  sigmoid: (body, operands, _, decayOf) => logistic(body, at(operands, 0), decayOf(at(operands, 0))),
  softplus: (body, operands, _, decayOf) => softplus(body, at(operands, 0), decayOf(at(operands, 0))),
  sin: call(sine),
  cos: call(cosine),
  where: (body, [mask, a, b], { inputs }) => {
    const other = inputs[2];
    if (other?.primitive === 'constant' && Object.is(other.attributes.value, 0)) {
      body
        .get(a as number)
        .get(mask as number)
        .vector('v128.and');
      return;
    }
    body
      .get(a as number)
      .get(b as number)
      .get(mask as number)
      .vector('v128.bitselect');
  },
  // pmax keeps its first operand where that is NaN.
  relu: (body, operands) => {
    body.get(at(operands, 0)).floats(0).vector('f32x4.pmax');
  },
  leakyRelu: (body, operands, node) => {
    const x = at(operands, 0);
    body
      .get(x)
      .get(x)
      .floats(node.attributes.slope as number)
      .vector('f32x4.mul');
    body.get(x).floats(0).vector('f32x4.gt').vector('v128.bitselect');
  },
  cast: (body, operands, node) => {
    body.get(at(operands, 0));
    if (node.inputs[0]?.dtype === 'bool') body.floats(1).vector('v128.and');
  },
  expand: (body, operands) => {
    body.get(at(operands, 0));
  },
};
