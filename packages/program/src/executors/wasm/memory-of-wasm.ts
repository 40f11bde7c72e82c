import { bytesOf, type MemoryParts } from '../../cost-of-program.ts';
import type { Program } from '../../program.ts';
import { compileProgram } from './compile.ts';

/** Measured: a compiled module beside its bytes, and how many times its own length a module takes when it is compiled. */
const MODULE_BYTES = 50_000;
const COMPILED_PER_BYTE = 5;

/** Memory of a program in WebAssembly: as it was planned, to the byte, and the module. @throws NotDense */
export function memoryOfWasm(program: Program, steps: number): MemoryParts {
  const plan = compileProgram(program, { fused: true });
  const states = 2 * (plan.previousStart - plan.statesStart);
  // Inputs and outputs of a call lie in the memory of the module too.
  const [inputs, outputs] = [
    program.inputs.reduce((bytes, input) => bytes + bytesOf(input) * (input.each === 'step' ? steps : 1), 0),
    program.outputs.reduce((bytes, { symbol }) => bytes + bytesOf(symbol) * steps, 0),
  ];
  const code = MODULE_BYTES + COMPILED_PER_BYTE * plan.bytes.length;
  // Memory is an instance's own, the module is one for all.
  return { states, results: plan.end - states + inputs + outputs, code, shared: code };
}
