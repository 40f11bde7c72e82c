import type { Executor, LoadedProgram } from '../../executor.ts';
import type { Program } from '../../program.ts';
import { sizeOf } from '../../shape.ts';
import { checkInputs, checkState } from '../check-values.ts';
import { ExecutorUnavailable } from '../unavailable.ts';
import { type CompiledProgram, compileProgram } from './compile.ts';
import { engine, type WasmModule } from './engine.ts';
import { ConstantPool, FunctionBody, moduleBytes } from './wasm-binary.ts';

const PAGE = 65_536;
const BYTES = 4;
/** Vectors may be read past the end of the last value. */
const SLACK = 64;
/** Raised with every change of the last bits of a program's results. */
const VERSION = '1';

/**
 * Dense programs compiled to WebAssembly: planned memory, kernels made for the shapes at hand, any number of steps in a
 * call. Runs wherever the engine has 128-bit vectors; with fused multiply-add where the engine offers it, which changes
 * the last bits, so the device says it.
 * @param fused 'auto' takes what the engine has.
 * @throws ExecutorUnavailable where the engine has no vectors, or none of the multiply-add that is wanted.
 */
export function wasmExecutor({ fused = 'auto' }: { readonly fused?: boolean | 'auto' } = {}): Executor {
  if (!offersVectors())
    throw new ExecutorUnavailable(
      'this engine has no WebAssembly with vectors (SIMD); take a browser of 2023 or later',
    );
  const offered = fused !== false && offersFusing();
  if (fused === true && !offered)
    throw new ExecutorUnavailable('this engine has no fused multiply-add for WebAssembly; leave the choice to it');
  const uses = offered;
  const compiled = new WeakMap<Program, Promise<{ readonly plan: CompiledProgram; readonly module: WasmModule }>>();
  const compile = async (program: Program) => {
    const plan = compileProgram(program, { fused: uses });
    return { plan, module: await engine.compile(plan.bytes) };
  };
  return {
    name: 'wasm',
    version: VERSION,
    device: uses ? 'cpu (fused multiply-add)' : 'cpu',
    load: async (program) => {
      // The promise is kept, not its result: the lanes of a pack all ask before the first module is there.
      const known = compiled.get(program) ?? compile(program);
      compiled.set(program, known);
      const { plan, module } = await known;
      return instantiate(program, plan, module);
    },
  };
}

/** Whether the engine compiles relaxed multiply-add; Node 20 does after its flag is set. Browsers have no flags. */
export function offersFusing(): boolean {
  // A later Node has it without the flag, no longer knows it, and complains on standard error.
  if (globalThis.process?.versions?.node?.startsWith('20.'))
    process.getBuiltinModule('node:v8').setFlagsFromString('--experimental-wasm-relaxed-simd');
  return validates((body, sum) => body.get(sum).get(sum).get(sum).vector('f32x4.relaxed_madd').set(sum));
}

/** Whether there is an engine, and one that has 128-bit vectors. */
function offersVectors(): boolean {
  return engine !== undefined && validates((body, sum) => body.get(sum).get(sum).vector('f32x4.add').set(sum));
}

function validates(emit: (body: FunctionBody, vector: number) => void): boolean {
  const body = new FunctionBody(0, new ConstantPool(0, 1));
  emit(body, body.local('v128'));
  return engine.validate(moduleBytes([{ parameters: 0, bytes: body.bytes() }], 0));
}

async function instantiate(program: Program, plan: CompiledProgram, module: WasmModule): Promise<LoadedProgram> {
  const memory = new engine.Memory({ initial: pagesFor(plan.end + SLACK) });
  const { exports } = await engine.instantiate(module, { env: { memory } });
  const call = exports.run as (steps: number) => void;
  new Uint32Array(memory.buffer, plan.constants.start, plan.constants.words.length).set(plan.constants.words);
  let disposed = false;
  const floats = (address: number, count: number): Float32Array => new Float32Array(memory.buffer, address, count);
  for (const { start, values } of plan.tables) floats(start, values.length).set(values);
  const copyOf = (shift: number): Record<string, Float32Array> =>
    Object.fromEntries(
      program.states.map(({ name, shape }) => [
        name,
        floats((plan.states.get(name) as number) + shift, sizeOf(shape)).slice(),
      ]),
    );
  /** Addresses of all inputs and outputs of a call of `steps`, behind one another. */
  const addresses = (steps: number): { readonly at: readonly number[]; readonly end: number } => {
    let end = Math.ceil(plan.end / SLACK) * SLACK;
    const take = (bytes: number): number => {
      const start = end;
      end += Math.ceil((bytes + SLACK) / SLACK) * SLACK;
      return start;
    };
    const ofInputs = program.inputs.map(({ shape, dtype, each }) =>
      take(sizeOf(shape) * (each === 'step' ? steps : 1) * (dtype === 'float32' ? BYTES : 1)),
    );
    const ofOutputs = program.outputs.map(({ shape }) => take(sizeOf(shape) * steps * BYTES));
    return { at: [...ofInputs, ...ofOutputs], end };
  };
  const requireLife = (): void => {
    if (disposed) throw new Error('this program was disposed of');
  };
  return {
    run: async (inputs, steps) => {
      requireLife();
      checkInputs(program, inputs, steps);
      const { at, end } = addresses(steps);
      const missing = end + SLACK - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
      new Uint32Array(memory.buffer, plan.table, at.length).set(at);
      program.inputs.forEach(({ name, dtype }, i) => {
        const values = inputs[name] as Float32Array | Uint8Array;
        if (dtype === 'float32') floats(at[i] as number, values.length).set(values);
        else new Uint8Array(memory.buffer, at[i], values.length).set(values);
      });
      call(steps);
      return Object.fromEntries(
        program.outputs.map(({ name, shape }, i) => [
          name,
          floats(at[program.inputs.length + i] as number, sizeOf(shape) * steps).slice(),
        ]),
      );
    },
    readState: async () => copyOf(0),
    readPreviousState: async () => copyOf(plan.previousStart - plan.statesStart),
    writeState: async (given) => {
      requireLife();
      checkState(program, given);
      for (const [name, values] of Object.entries(given))
        floats(plan.states.get(name) as number, values.length).set(values);
    },
    [Symbol.asyncDispose]: async () => {
      disposed = true;
    },
  };
}

const pagesFor = (bytes: number): number => Math.ceil(bytes / PAGE);
