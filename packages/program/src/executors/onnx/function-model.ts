import type { Program } from '../../program.ts';
import { constantTensor, graphMessage, modelMessage, operatorNode, valueInfo } from './onnx-model.ts';
import { inName, stepOperators } from './step-operators.ts';

/**
 * One step of a program as a plain ONNX model, without a loop: a function from its inputs to its outputs, by their own
 * names, with the given tensors inside as its weights. What other programs read.
 * @param tensors of every state, none of which the program may change. @param notes for whoever reads the file.
 */
export function functionModel(
  program: Program,
  tensors: Readonly<Record<string, Float32Array>>,
  notes: Readonly<Record<string, string>> = {},
): Uint8Array {
  const { operators, constants, leaving } = stepOperators(program);
  const weights = program.states.map(({ name, shape }) => {
    const values = tensors[name];
    if (!values) throw new Error(`a model needs its tensor ${name}`);
    return constantTensor(inName(name), 'float32', shape, values);
  });
  const rename = (from: string, to: string): Uint8Array =>
    operatorNode({ operator: 'Identity', inputs: [from], outputs: [to] });
  return modelMessage(
    graphMessage({
      name: 'function',
      nodes: [
        ...program.inputs.map(({ name, each }) => rename(name, each === 'step' ? `body.in.${name}` : inName(name))),
        ...operators.map(operatorNode),
        ...program.outputs.map(({ name }, i) => rename((leaving[i] as { readonly name: string }).name, name)),
      ],
      constants: [...weights, ...constants],
      inputs: program.inputs.map(({ name, shape, dtype }) => valueInfo(name, dtype, shape)),
      outputs: program.outputs.map(({ name, shape }) => valueInfo(name, 'float32', shape)),
    }),
    notes,
  );
}
