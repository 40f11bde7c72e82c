import { describe, expect, it } from 'vitest';
import { gradients } from './differentiate.ts';
import type { Executor } from './executor.ts';
import { onnxExecutor } from './executors/onnx/onnx-executor.ts';
import { referenceExecutor } from './executors/reference/reference-executor.ts';
import { wasmExecutor } from './executors/wasm/wasm-executor.ts';
import { programOfLanes } from './lanes.ts';
import { moments } from './operations/statistics.ts';
import { matMul } from './primitives/contraction.ts';
import { conv2d } from './primitives/convolution.ts';
import { add, cast, greater, maximum, mul, sigmoid, softplus, sub, tanh, where } from './primitives/elementwise.ts';
import { concat, expand, pad, reshape, slice, sum, transpose } from './primitives/layout.ts';
import { max, mean } from './primitives/selection.ts';
import type { Program } from './program.ts';
import { sizeOf } from './shape.ts';
import type { Sym } from './symbolic.ts';
import { type Tracer, traceProgram } from './trace.ts';

const STEPS = 2;

/** Reproducible numbers in (−1, 1) that never repeat. */
function numbers(salt: number): () => number {
  let n = 0;
  return () => {
    n += 1;
    return ((n * 0.754877666 + salt * 0.569840291 + 0.3) % 1) * 2 - 1;
  };
}

/** A choice of what a random program does next to a tensor `[3, 4]`; each keeps the shape and moderate values. */
const MOVES: readonly ((x: Sym, y: Sym) => Sym)[] = [
  (x, y) => add(x, y),
  (x, y) => mul(tanh(x), y),
  (x) => sub(x, max(x, [1])),
  (x) => moments(x, [0]).centred,
  (x, y) => matMul(matMul(x, y, { transposeB: true }), tanh(y)),
  (x) => transpose(reshape(transpose(x, [1, 0]), [3, 4]), [0, 1]),
  (x, y) => concat([slice(x, 0, 1, 2), slice(tanh(y), 0, 0, 1)], 0),
  (x) => slice(pad(x, 1, 1, 2), 1, 2, 4),
  (x, y) => where(greater(x, y), softplus(x), y),
  (x) => expand(mean(x, [0], { keepDims: true }), [3, 4]),
  (x) => mul(sigmoid(x), expand(sum(x, [0, 1]), [3, 4])),
  (x, y) => maximum(x, y),
];

/** A step of random operations: two states, a batch of each step, a setting of the call; gradients feed the update. */
function randomStep(salt: number, dense: boolean): Program {
  const random = numbers(salt);
  const pick = <T>(from: readonly T[]): T =>
    from[Math.min(from.length - 1, Math.floor(((random() + 1) / 2) * from.length))] as T;
  const moves = dense ? MOVES : [...MOVES, (x: Sym): Sym => folded(x)];
  return traceProgram((t: Tracer) => {
    const [w, unused] = [t.state('w', [3, 4]), t.state('kept', [2])];
    const x = cast(t.input('x', [3, 4]));
    const bytes = mul(cast(t.input('bytes', [4], { dtype: 'uint8' })), 1 / 255);
    const rate = t.input('rate', [], { each: 'call' });
    const known: Sym[] = [w, add(x, bytes)];
    for (let i = 0; i < 8; i += 1) known.push(pick(moves)(pick(known), pick(known.slice(-3))));
    const result = tanh(known.slice(-4).reduce((a, b) => add(a, b)));
    const loss = mean(softplus(mul(result, result)), [0, 1]);
    const [slope] = gradients(loss, [w]) as [Sym];
    return { outputs: { loss, result, twice: mul(unused, 2) }, updates: { w: sub(w, mul(rate, slope)) } };
  });
}

/** A convolution, whose transposes come with the gradient: two maps of 2×3 to four. */
function folded(x: Sym): Sym {
  const kernels = reshape(slice(tanh(x), 0, 0, 2), [4, 2, 1, 1]);
  return slice(reshape(conv2d(reshape(x, [1, 2, 2, 3]), kernels, { stride: 1, padding: 0 }), [6, 4]), 0, 0, 3);
}

type Values = Record<string, Float32Array | Uint8Array>;

function laneValues(
  program: Program,
  lane: number,
): { readonly state: Record<string, Float32Array>; readonly inputs: Values } {
  const random = numbers(lane + 11);
  const fill = (length: number): Float32Array => Float32Array.from({ length }, random);
  return {
    state: Object.fromEntries(program.states.map(({ name, shape }) => [name, fill(sizeOf(shape))])),
    inputs: Object.fromEntries(
      program.inputs.map(({ name, shape, dtype, each }) => {
        const values = fill(sizeOf(shape) * (each === 'step' ? STEPS : 1));
        return [name, dtype === 'uint8' ? Uint8Array.from(values, (x) => (x + 1) * 127) : values];
      }),
    ),
  };
}

/** Inputs of lanes put together: `[steps, lanes, …]`, or `[lanes, …]` where they are the call's. */
function together(program: Program, lanes: readonly Values[]): Values {
  return Object.fromEntries(
    program.inputs.map(({ name, shape, dtype, each }) => {
      const size = sizeOf(shape);
      const parts = Array.from({ length: each === 'step' ? STEPS : 1 }, (_, step) =>
        lanes.flatMap((lane) => [...(lane[name] ?? []).slice(step * size, (step + 1) * size)]),
      ).flat();
      return [name, dtype === 'uint8' ? Uint8Array.from(parts) : Float32Array.from(parts)];
    }),
  );
}

async function runAlone(executor: Executor, program: Program, lanes: number) {
  const found = [];
  for (let lane = 0; lane < lanes; lane += 1) {
    const { state, inputs } = laneValues(program, lane);
    await using loaded = await executor.load(program);
    await loaded.writeState(state);
    const outputs = await loaded.run(inputs, STEPS);
    found.push({ outputs, state: await loaded.readState() });
  }
  return found;
}

/** What each lane of the fused program gave, taken apart again. */
async function runTogether(executor: Executor, program: Program, lanes: number): ReturnType<typeof runAlone> {
  const given = Array.from({ length: lanes }, (_, lane) => laneValues(program, lane));
  await using loaded = await executor.load(programOfLanes(program, lanes));
  await loaded.writeState(
    Object.fromEntries(
      program.states.map(({ name }) => [
        name,
        Float32Array.from(given.flatMap(({ state }) => [...(state[name] as Float32Array)])),
      ]),
    ),
  );
  const outputs = await loaded.run(
    together(
      program,
      given.map(({ inputs }) => inputs),
    ),
    STEPS,
  );
  const state = await loaded.readState();
  return given.map((_, lane) => ({
    outputs: Object.fromEntries(
      program.outputs.map(({ name, shape }) => {
        const size = sizeOf(shape);
        const values = outputs[name] as Float32Array;
        const part = (step: number): number[] => [
          ...values.subarray((step * lanes + lane) * size, (step * lanes + lane + 1) * size),
        ];
        return [name, Float32Array.from(Array.from({ length: STEPS }, (__, step) => part(step)).flat())];
      }),
    ),
    state: Object.fromEntries(
      program.states.map(({ name, shape }) => {
        const size = sizeOf(shape);
        return [name, (state[name] as Float32Array).slice(lane * size, (lane + 1) * size)];
      }),
    ),
  }));
}

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let [largest, scale] = [0, 1e-3];
  for (let i = 0; i < a.length; i += 1) {
    largest = Math.max(largest, Math.abs((a[i] as number) - (b[i] as number)));
    scale = Math.max(scale, Math.abs(b[i] as number));
  }
  return largest / scale;
}

const SALTS = Array.from({ length: 20 }, (_, i) => i);

describe('a program of lanes', () => {
  it.each(SALTS)('gives each lane of a random step what it has alone, exactly by the reference (%i)', async (salt) => {
    const program = randomStep(salt, false);
    expect(await runTogether(referenceExecutor(), program, 3)).toEqual(await runAlone(referenceExecutor(), program, 3));
  });

  it.each([
    ['onnx', () => onnxExecutor(), false],
    ['wasm', async () => wasmExecutor(), true],
  ] as const)('gives each lane of random steps what it has alone within rounding by %s', async (_, create, dense) => {
    const executor = await create();
    for (const salt of SALTS.slice(0, 8)) {
      const program = randomStep(salt, dense);
      const [alone, fused] = [await runAlone(executor, program, 3), await runTogether(executor, program, 3)];
      for (const [lane, { outputs, state }] of alone.entries())
        for (const [name, values] of Object.entries({ ...outputs, ...state }))
          expect(
            distance(fused[lane]?.outputs[name] ?? fused[lane]?.state[name] ?? [], values),
            `${name} of lane ${lane}, step ${salt}`,
          ).toBeLessThan(1e-4);
    }
  });

  it('shares constants among lanes, and gives each its own setting of the call', () => {
    const program = programOfLanes(
      traceProgram((t) => ({
        outputs: { y: mul(mul(t.input('x', [2]), t.input('rate', [], { each: 'call' })), 3) },
      })),
      4,
    );
    expect(program.inputs.map(({ shape }) => shape)).toEqual([[4, 2], [4]]);
    expect(program.nodes.filter(({ primitive }) => primitive === 'constant').map(({ shape }) => shape)).toEqual([[]]);
    expect(program.outputs[0]?.shape).toEqual([4, 2]);
  });

  it('keeps a lane that is not a number to itself', async () => {
    const program = randomStep(3, false);
    const given = [0, 1].map((lane) => laneValues(program, lane));
    const fused = programOfLanes(program, 2);
    const run = async (poison: number): Promise<Float32Array> => {
      await using loaded = await referenceExecutor().load(fused);
      const state = given.flatMap(({ state }, lane) =>
        [...(state.w as Float32Array)].map((x) => (lane === 1 ? x * poison : x)),
      );
      await loaded.writeState({ w: Float32Array.from(state) });
      await loaded.run(
        together(
          program,
          given.map(({ inputs }) => inputs),
        ),
        STEPS,
      );
      return (await loaded.readState()).w as Float32Array;
    };
    const [sound, poisoned] = [await run(1), await run(Number.NaN)];
    expect(poisoned.slice(0, 12)).toEqual(sound.slice(0, 12));
    expect(poisoned.slice(12).every(Number.isNaN)).toBe(true);
  });

  it('refuses a number of lanes that is none', () => {
    expect(() => programOfLanes(randomStep(1, true), 0)).toThrow(/0 is no number of lanes/);
  });
});
