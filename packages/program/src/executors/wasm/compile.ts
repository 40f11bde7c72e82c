import type { Program } from '../../program.ts';
import { sizeOf } from '../../shape.ts';
import type { Sym } from '../../symbolic.ts';
import { emitDots } from './emit-dots.ts';
import { emitColumnSum, emitConvert, emitCopy, emitReduce, emitSwap } from './emit-moves.ts';
import { type EmittedKernel, emitLoop, emitProduct, type KernelContext } from './emit-passes.ts';
import { type Layout, layOut } from './layout.ts';
import { type Kernel, planProgram, type Value } from './plan.ts';
import { ConstantPool, FunctionBody, moduleBytes } from './wasm-binary.ts';

const BYTES = 4;
const TABLE_START = 64;
const POOL_START = 4096;
const POOL_WORDS = 2048;
const STATE_START = POOL_START + POOL_WORDS * BYTES;

/** A program as a WebAssembly module over memory that is planned to the byte. */
export interface CompiledProgram {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where addresses of inputs, then of outputs, are put before a call, a word each. */
  readonly table: number;
  readonly constants: { readonly start: number; readonly words: Uint32Array };
  readonly tables: Layout['tables'];
  /** Start of each state, and of all of them as they were before the call. */
  readonly states: ReadonlyMap<string, number>;
  readonly statesStart: number;
  readonly previousStart: number;
  /** First byte after everything that the program needs besides inputs and outputs. */
  readonly end: number;
  readonly kernels: number;
  readonly functions: number;
}

/** @param fused use of relaxed multiply-add. @throws NotDense naming a primitive that the executor does not have. */
export function compileProgram(program: Program, { fused }: { readonly fused: boolean }): CompiledProgram {
  const plan = planProgram(program);
  const states = new Map<string, number>();
  let at = STATE_START;
  for (const { name, shape } of program.states) {
    states.set(name, at);
    at += Math.ceil(sizeOf(shape) / 16) * 64;
  }
  const statesBytes = at - STATE_START;
  const layout = layOut(program, plan, at + statesBytes);
  let end = at + statesBytes + layout.bytes;
  const pool = new ConstantPool(POOL_START, POOL_WORDS);
  const functions: { readonly parameters: number; readonly bytes: readonly number[] }[] = [];
  const known = new Map<string, number>();
  const add = (body: FunctionBody): number => {
    const bytes = body.bytes();
    const key = `${body.parameters}:${String.fromCharCode(...bytes)}`;
    const number = known.get(key) ?? functions.push({ parameters: body.parameters, bytes }) - 1;
    known.set(key, number);
    return number;
  };

  const context: KernelContext = {
    pool,
    fused,
    operandsOf: (member: Sym) => plan.operands.get(member) ?? member.inputs,
    isStored: layout.isStored,
  };

  const step = new FunctionBody(1, pool);
  const inputs = new Map(
    program.inputs.map((input, i) => {
      const local = step.local('i32');
      const bytes = sizeOf(input.shape) * (input.dtype === 'float32' ? BYTES : 1);
      step.i32(TABLE_START + i * BYTES).loadWord();
      if (input.each === 'step') step.get(0).i32(bytes).plain('i32.mul').plain('i32.add');
      step.set(local);
      return [input.name, local];
    }),
  );
  const pushAddress = (value: Value): void => {
    const place = layout.placeOf(value);
    if (place.kind === 'constant') step.i32(pool.addressOfFloat(place.value));
    else if (place.kind === 'scratch') step.i32(place.address);
    else if (place.kind === 'state') step.i32((states.get(place.name) as number) + place.offset * BYTES);
    else {
      step.get(inputs.get(place.name) as number);
      if (place.offset > 0) step.i32(place.offset * BYTES).plain('i32.add');
    }
  };
  for (const kernel of plan.kernels) {
    const { body, values } = emitKernel(kernel, context);
    if (kernel.kind === 'convert') step.get(inputs.get(kernel.node.name) as number);
    for (const value of values) pushAddress(value);
    step.call(add(body));
  }
  program.outputs.forEach(({ shape, symbol }, i) => {
    const bytes = sizeOf(shape) * BYTES;
    step.i32(TABLE_START + (program.inputs.length + i) * BYTES).loadWord();
    step.get(0).i32(bytes).plain('i32.mul').plain('i32.add');
    copyValue(symbol, bytes);
  });
  const updated = program.states.filter(({ symbol, update }) => update !== symbol);
  // What another state hands on is put aside before any state changes.
  const aside = new Map<string, number>();
  for (const { name, shape, update } of updated)
    if (layout.placeOf(update).kind === 'state') {
      aside.set(name, end);
      step.i32(end);
      copyValue(update, sizeOf(shape) * BYTES);
      end += Math.ceil(sizeOf(shape) / 16) * 64;
    }
  for (const { name, shape, update } of updated) {
    const bytes = sizeOf(shape) * BYTES;
    step.i32(states.get(name) as number);
    const kept = aside.get(name);
    if (kept === undefined) copyValue(update, bytes);
    else step.i32(kept).i32(bytes).copyMemory();
  }
  const stepNumber = add(step);

  const run = new FunctionBody(1, pool);
  const counter = run.local('i32');
  run
    .i32(STATE_START + statesBytes)
    .i32(STATE_START)
    .i32(statesBytes)
    .copyMemory();
  run.loopUntil(counter, 0, () => void run.get(counter).call(stepNumber));
  const runNumber = add(run);
  return {
    bytes: moduleBytes(functions, runNumber),
    table: TABLE_START,
    constants: { start: POOL_START, words: pool.words() },
    tables: layout.tables,
    states,
    statesStart: STATE_START,
    previousStart: STATE_START + statesBytes,
    end,
    kernels: plan.kernels.length,
    functions: functions.length,
  };

  /** To the address on the stack. */
  function copyValue(value: Sym, bytes: number): void {
    pushAddress(value);
    if (bytes === BYTES) step.loadWord().storeWord();
    else step.i32(bytes).copyMemory();
  }
}

function emitKernel(kernel: Kernel, context: KernelContext): EmittedKernel {
  switch (kernel.kind) {
    case 'loop':
      return emitLoop(kernel, context);
    case 'product':
      return emitProduct(kernel, context);
    case 'dots':
      return emitDots(kernel, context);
    case 'swap':
      return emitSwap(kernel, context.pool);
    case 'column-sum':
      return emitColumnSum(kernel, context.pool);
    case 'reduce':
      return emitReduce(kernel, context.pool);
    case 'copy':
      return emitCopy(kernel, context.pool);
    case 'convert':
      return emitConvert(kernel, context.pool);
  }
}
