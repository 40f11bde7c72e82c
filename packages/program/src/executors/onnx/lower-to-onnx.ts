import type { Program } from '../../program.ts';
import type { Shape } from '../../shape.ts';
import { type Dimension, graphMessage, modelMessage, operatorNode, valueInfo } from './onnx-model.ts';
import { inName, isUpdated, stepOperators } from './step-operators.ts';

/** Name of what comes out of the model: states and outputs. */
export const outName = (name: string): string => `out.${name}`;

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
  const { operators, constants, leaving } = stepOperators(program);
  const updated = program.states.filter(isUpdated);
  return graphMessage({
    name: 'step',
    nodes: operators.map(operatorNode),
    constants,
    inputs: [
      ...updated.map(({ name, shape }) => valueInfo(`body.in.${name}`, 'float32', shape)),
      ...program.inputs
        .filter((input) => input.each === 'step')
        .map(({ name, shape, dtype }) => valueInfo(`body.in.${name}`, dtype, shape)),
    ],
    outputs: leaving.map(({ name, shape }) => valueInfo(name, 'float32', shape)),
  });
}
