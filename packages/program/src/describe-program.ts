import type { Program } from './program.ts';
import { sizeOf } from './shape.ts';

/** The program as text, a line a node: `%12 = conv2d(%3, %7) {stride: 2, padding: 1} [64,32,16,16]`. */
export function describeProgram(program: Program): string {
  const lines = program.nodes.map((node) => {
    const operands = node.inputs.map((input) => `%${input.id}`).join(', ');
    const attributes = Object.entries(node.attributes).map(([name, value]) => `${name}: ${value}`);
    const settings = attributes.length > 0 ? ` {${attributes.join(', ')}}` : '';
    return `%${node.id} = ${node.primitive}${node.name ? ` ${node.name}` : ''}(${operands})${settings} ${node.dtype}[${node.shape}]`;
  });
  const states = program.states.map(({ name, update }) => `state ${name} ← %${update.id}`);
  const outputs = program.outputs.map(({ name, symbol }) => `output ${name} = %${symbol.id}`);
  const bytes = 4 * program.nodes.reduce((total, node) => total + sizeOf(node.shape), 0);
  return [...lines, ...states, ...outputs, `${program.nodes.length} nodes, ${bytes} bytes if nothing were reused`].join(
    '\n',
  );
}
