import { bytesOf, costOfProgram, flopsOf } from './cost-of-program.ts';
import type { Program } from './program.ts';
import type { Sym } from './symbolic.ts';

/**
 * The program as text, a line a node with its bytes and floating-point operations:
 * `%12 = conv2d(%3, %7) {stride: 2, padding: 1} float32[64,32,16,16] 2097152 B 33554432 flop`.
 */
export function describeProgram(program: Program): string {
  const lines = program.nodes.map((node) => `${describeNode(node)} ${bytesOf(node)} B ${flopsOf(node)} flop`);
  const states = program.states.map(({ name, update }) => `state ${name} ← %${update.id}`);
  const outputs = program.outputs.map(({ name, symbol }) => `output ${name} = %${symbol.id}`);
  const { nodes, flopsPerStep, stateBytes, peakLiveBytes } = costOfProgram(program);
  return [
    ...lines,
    ...states,
    ...outputs,
    `${nodes} nodes, ${flopsPerStep} flop a step, ${stateBytes} bytes of state, ${peakLiveBytes} bytes live at most`,
  ].join('\n');
}

function describeNode(node: Sym): string {
  const operands = node.inputs.map((input) => `%${input.id}`).join(', ');
  const attributes = Object.entries(node.attributes).map(([name, value]) => `${name}: ${value}`);
  const settings = attributes.length > 0 ? ` {${attributes.join(', ')}}` : '';
  return `%${node.id} = ${node.primitive}${node.name ? ` ${node.name}` : ''}(${operands})${settings} ${node.dtype}[${node.shape}]`;
}
