import { describe, expect, it } from 'vitest';
import type { Executor, InputValues, LoadedProgram } from '../../executor.ts';
import { matMul } from '../../primitives/contraction.ts';
import { add, cast, mul, sub, tanh } from '../../primitives/elementwise.ts';
import { mean } from '../../primitives/selection.ts';
import type { Program } from '../../program.ts';
import { traceProgram } from '../../trace.ts';
import { liveOnnxSessions, onnxExecutor } from '../onnx/onnx-executor.ts';
import { referenceExecutor } from '../reference/reference-executor.ts';
import { wasmExecutor } from '../wasm/wasm-executor.ts';
import { packedExecutor } from './packed-executor.ts';

/** A step with everything a training has: a moving state, one that stays, inputs of the step, bytes, a setting of the call. */
const stepOf = (): Program =>
  traceProgram((t) => {
    const [w, velocity, kept] = [t.state('w', [4, 3]), t.state('velocity', [4, 3]), t.state('kept', [3])];
    const x = add(t.input('x', [16, 4]), mul(cast(t.input('bytes', [4], { dtype: 'uint8' })), 1 / 255));
    const rate = t.input('rate', [], { each: 'call' });
    const y = sub(tanh(matMul(x, w)), kept);
    const moved = add(mul(velocity, 0.5), matMul(x, y, { transposeA: true }));
    return {
      outputs: { loss: mean(mul(y, y), [0, 1]), y },
      updates: { velocity: moved, w: sub(w, mul(moved, rate)) },
    };
  });

const number = (salt: number, i: number): number => (((i + 1) * 0.754877666 + salt * 0.569840291) % 1) * 2 - 1;
/** A run's inputs by its seed and the number of the step. */
function inputsOf(seed: number, first: number, steps: number): InputValues {
  const at = (size: number, salt: number): number[] =>
    Array.from({ length: steps * size }, (_, i) => number(seed * 7 + salt + first + Math.floor(i / size), i % size));
  return {
    x: Float32Array.from(at(64, 0)),
    bytes: Uint8Array.from(at(4, 100), (value) => (value + 1) * 127),
    rate: Float32Array.of(0.01 * seed),
  };
}
const startOf = (seed: number): Record<string, Float32Array> => ({
  w: Float32Array.from({ length: 12 }, (_, i) => number(seed, i)),
  velocity: new Float32Array(12),
  kept: Float32Array.from({ length: 3 }, (_, i) => number(seed + 50, i)),
});

interface Run {
  readonly loss: number[];
  readonly state: Record<string, Float32Array>;
}

/** Runs a lane through calls of the given lengths, from a step on. */
async function calls(loaded: LoadedProgram, seed: number, lengths: readonly number[], from = 0): Promise<Run> {
  const loss: number[] = [];
  let done = from;
  for (const steps of lengths) {
    loss.push(...((await loaded.run(inputsOf(seed, done, steps), steps)).loss ?? []));
    done += steps;
  }
  return { loss, state: await loaded.readState() };
}

/** The run as it is by itself, without a pack. */
async function alone(seed: number, lengths: readonly number[], executor: Executor = referenceExecutor()): Promise<Run> {
  await using loaded = await executor.load(stepOf());
  await loaded.writeState(startOf(seed));
  // Awaited here: the program is disposed of at the end.
  return await calls(loaded, seed, lengths);
}

async function lane(executor: Executor, program: Program, seed: number): Promise<LoadedProgram> {
  const loaded = await executor.load(program);
  await loaded.writeState(startOf(seed));
  return loaded;
}

/** Counts what reaches the executor below. */
function watched(executor: Executor): Executor & { readonly sizes: number[]; readonly calls: number[]; alive: number } {
  const seen = { sizes: [] as number[], calls: [] as number[], alive: 0 };
  return Object.assign(seen, {
    ...executor,
    load: async (program: Program): Promise<LoadedProgram> => {
      const loaded = await executor.load(program);
      seen.sizes.push(program.states[0]?.shape[0] ?? 0);
      seen.alive += 1;
      return {
        ...loaded,
        run: (inputs: InputValues, steps: number) => {
          seen.calls.push(steps);
          return loaded.run(inputs, steps);
        },
        [Symbol.asyncDispose]: async () => {
          seen.alive -= 1;
          await loaded[Symbol.asyncDispose]();
        },
      };
    },
  });
}

const TEN = [2, 2, 2, 2, 2];

describe('lanes of a pack', () => {
  it('are run by one call for all', async () => {
    const below = watched(referenceExecutor());
    const [executor, program] = [packedExecutor(below, { lanes: 8 }), stepOf()];
    const lanes = await Promise.all([1, 2, 3, 4].map((seed) => lane(executor, program, seed)));
    const runs = await Promise.all(lanes.map((loaded, i) => calls(loaded, i + 1, TEN)));
    expect(below).toMatchObject({ sizes: [4], calls: TEN });
    for (const [i, run] of runs.entries()) expect(run).toEqual(await alone(i + 1, TEN));
    for (const loaded of lanes) await loaded[Symbol.asyncDispose]();
    expect(below.alive).toBe(0);
  });

  it.each([
    ['onnx', () => onnxExecutor()],
    ['wasm', async () => wasmExecutor()],
  ] as const)(
    'have the same bits by %s in a pack of three as in one of their own, and close ones without',
    async (_, create) => {
      const below = await create();
      const program = stepOf();
      const together = packedExecutor(below, { lanes: 4 });
      const lanes = await Promise.all([1, 2, 3].map((seed) => lane(together, program, seed)));
      const runs = await Promise.all(lanes.map((loaded, i) => calls(loaded, i + 1, TEN)));
      for (const [i, run] of runs.entries()) {
        await using single = await lane(packedExecutor(below, { lanes: 2 }), program, i + 1);
        expect(run).toEqual(await calls(single, i + 1, TEN));
        const { loss } = await alone(i + 1, TEN, below);
        for (const [step, value] of loss.entries()) expect(run.loss[step]).toBeCloseTo(value, 5);
      }
      for (const loaded of lanes) await loaded[Symbol.asyncDispose]();
    },
  );

  it('may ask for different numbers of steps', async () => {
    const below = watched(referenceExecutor());
    const [executor, program] = [packedExecutor(below, { lanes: 4 }), stepOf()];
    const lengths = [[5, 5], [3, 3, 3, 1], [10]];
    const lanes = await Promise.all(lengths.map((_, i) => lane(executor, program, i + 1)));
    const runs = await Promise.all(lanes.map((loaded, i) => calls(loaded, i + 1, lengths[i] as number[])));
    // 3 for the second, 2 more for the first, 1 and 3 again, and so on: no call is longer than the shortest asked for.
    expect(below.calls.reduce((a, b) => a + b)).toBe(10);
    expect(below.calls[0]).toBe(3);
    for (const [i, run] of runs.entries()) expect(run).toEqual(await alone(i + 1, lengths[i] as number[]));
  });

  it('that become not a number leave the others as they are', async () => {
    const [executor, program] = [packedExecutor(referenceExecutor(), { lanes: 4 }), stepOf()];
    const [sound, bad] = [await lane(executor, program, 1), await lane(executor, program, 2)];
    await bad.writeState({ w: new Float32Array(12).fill(Number.NaN) });
    const [run, broken] = await Promise.all([calls(sound, 1, TEN), calls(bad, 2, TEN)]);
    expect(broken.loss.every(Number.isNaN)).toBe(true);
    expect(run).toEqual(await alone(1, TEN));
  });

  it('that leave in the middle, also of their own call, leave the others as they are', async () => {
    const [executor, program] = [packedExecutor(referenceExecutor(), { lanes: 4 }), stepOf()];
    const [stays, leaves, breaks] = await Promise.all([1, 2, 3].map((seed) => lane(executor, program, seed)));
    const rest = (async () => {
      await calls(leaves as LoadedProgram, 2, [2, 2]);
      await leaves?.[Symbol.asyncDispose]();
    })();
    const broken = (breaks as LoadedProgram).run(inputsOf(3, 0, 4), 4);
    const refused = expect(broken).rejects.toThrow(/disposed/);
    await breaks?.[Symbol.asyncDispose]();
    const [run] = await Promise.all([calls(stays as LoadedProgram, 1, TEN), rest, refused]);
    expect(run).toEqual(await alone(1, TEN));
    await expect(leaves?.run(inputsOf(2, 4, 1), 1)).rejects.toThrow(/disposed/);
  });

  it('that join late, or continue from another position, are as they would be alone', async () => {
    const below = watched(referenceExecutor());
    const [executor, program] = [packedExecutor(below, { lanes: 4 }), stepOf()];
    const first = await lane(executor, program, 1);
    const early = await calls(first, 1, [2, 2]);
    const late = await lane(executor, program, 2);
    const checkpoint = await alone(3, [6]);
    const resumed = await executor.load(program);
    await resumed.writeState(checkpoint.state);
    const [on, begun, continued] = await Promise.all([
      calls(first, 1, [2, 2, 2], 4),
      calls(late, 2, TEN),
      calls(resumed, 3, [2, 2], 6),
    ]);
    const whole = await alone(1, TEN);
    expect({ loss: [...early.loss, ...on.loss], state: on.state }).toEqual(whole);
    expect(begun).toEqual(await alone(2, TEN));
    expect(continued.state).toEqual((await alone(3, [6, 2, 2])).state);
    expect(below.sizes).toEqual([2, 4]);
  });

  it('that are busy elsewhere hold nobody up, and come back where they were', async () => {
    const below = watched(referenceExecutor());
    const [executor, program] = [packedExecutor(below, { lanes: 4 }), stepOf()];
    const [trains, evaluates, never] = await Promise.all([1, 2, 3].map((seed) => lane(executor, program, seed)));
    await Promise.all([calls(trains as LoadedProgram, 1, [2]), calls(evaluates as LoadedProgram, 2, [2])]);
    // Nothing comes of the second and the third until the first is done.
    const run = await calls(trains as LoadedProgram, 1, [2, 2, 2, 2], 2);
    expect(run.state).toEqual((await alone(1, TEN)).state);
    expect((await calls(evaluates as LoadedProgram, 2, [2, 2, 2, 2], 2)).state).toEqual((await alone(2, TEN)).state);
    expect((await never?.readState())?.w).toEqual(startOf(3).w);
    expect(below.calls).toHaveLength(9);
  });

  it('that wait for nobody else are called at once; one that missed a call is not waited for again', async () => {
    let turns = 0;
    const executor = packedExecutor(referenceExecutor(), {
      lanes: 4,
      turn: async () => {
        turns += 1;
      },
      milliseconds: () => turns,
    });
    const program = stepOf();
    const first = await lane(executor, program, 1);
    await calls(first, 1, [1, 1]);
    expect(turns).toBe(0);
    await lane(executor, program, 2);
    await calls(first, 1, [1], 2);
    expect(turns).toBe(8);
    await calls(first, 1, [1, 1], 3);
    expect(turns).toBe(8);
  });

  it('read their state before their last call, whatever was called since and in how many parts theirs was', async () => {
    const [executor, program] = [packedExecutor(referenceExecutor(), { lanes: 4 }), stepOf()];
    const [long, short] = await Promise.all([1, 2].map((seed) => lane(executor, program, seed)));
    await Promise.all([calls(long as LoadedProgram, 1, [2, 6]), calls(short as LoadedProgram, 2, TEN)]);
    expect(await long?.readPreviousState()).toEqual((await alone(1, [2])).state);
    await calls(short as LoadedProgram, 2, [1, 1], 10);
    expect(await long?.readPreviousState()).toEqual((await alone(1, [2])).state);
    expect(await long?.readState()).toEqual((await alone(1, [2, 6])).state);
    expect(await short?.readPreviousState()).toEqual((await alone(2, [...TEN, 1])).state);
  });

  it('that give a wrong input are refused alone', async () => {
    const [executor, program] = [packedExecutor(referenceExecutor(), { lanes: 4 }), stepOf()];
    const [right, wrong] = await Promise.all([1, 2].map((seed) => lane(executor, program, seed)));
    const { x: _, ...lacking } = inputsOf(2, 0, 2);
    const [run] = await Promise.all([
      calls(right as LoadedProgram, 1, TEN),
      expect(wrong?.run(lacking, 2)).rejects.toThrow(/'x' is missing/),
    ]);
    expect(run).toEqual(await alone(1, TEN));
    expect((await calls(wrong as LoadedProgram, 2, TEN)).state).toEqual((await alone(2, TEN)).state);
  });

  it('all hear of a call that fails', async () => {
    const failing: Executor = {
      ...referenceExecutor(),
      load: async (program) => ({
        ...(await referenceExecutor().load(program)),
        run: () => Promise.reject(new Error('device lost')),
      }),
    };
    const [executor, program] = [packedExecutor(failing, { lanes: 2 }), stepOf()];
    const lanes = await Promise.all([1, 2].map((seed) => lane(executor, program, seed)));
    await Promise.all(lanes.map((loaded) => expect(calls(loaded, 1, [1])).rejects.toThrow('device lost')));
  });

  it('refuse a second call while one is under way, and a state meanwhile', async () => {
    const [executor, program] = [packedExecutor(referenceExecutor(), { lanes: 2 }), stepOf()];
    const loaded = await lane(executor, program, 1);
    const first = loaded.run(inputsOf(1, 0, 2), 2);
    await expect(loaded.run(inputsOf(1, 0, 2), 2)).rejects.toThrow(/under way/);
    await expect(loaded.writeState(startOf(2))).rejects.toThrow(/under way/);
    await first;
    expect((await calls(loaded, 1, [2, 2, 2, 2], 2)).state).toEqual((await alone(1, TEN)).state);
  });
});

describe('a pack', () => {
  it('grows at once, shrinks after some calls, and fills free places', async () => {
    const below = watched(referenceExecutor());
    const [executor, program] = [packedExecutor(below, { lanes: 8 }), stepOf()];
    const five = await Promise.all([1, 2, 3, 4, 5].map((seed) => lane(executor, program, seed)));
    await Promise.all(five.map((loaded, i) => calls(loaded, i + 1, [1])));
    for (const loaded of five.slice(2)) await loaded[Symbol.asyncDispose]();
    const refill = await lane(executor, program, 6);
    const going = [...five.slice(0, 2), refill];
    const seeds = [1, 2, 6];
    const lengths = [1, 1, 1, 1, 1, 1];
    const runs = await Promise.all(going.map((loaded, i) => calls(loaded, seeds[i] as number, lengths, i < 2 ? 1 : 0)));
    expect(below.sizes).toEqual([8, 4]);
    expect(runs[0]?.state).toEqual((await alone(1, [1, ...lengths])).state);
    expect(runs[2]).toEqual(await alone(6, lengths));
    expect(below.alive).toBe(1);
  });

  it('holds no more lanes than it is told; another takes the next', async () => {
    const below = watched(referenceExecutor());
    const [executor, program] = [packedExecutor(below, { lanes: 2 }), stepOf()];
    const lanes = await Promise.all([1, 2, 3].map((seed) => lane(executor, program, seed)));
    const runs = await Promise.all(lanes.map((loaded, i) => calls(loaded, i + 1, TEN)));
    expect(below.sizes).toEqual([2, 2]);
    for (const [i, run] of runs.entries()) expect(run).toEqual(await alone(i + 1, TEN));
  });

  it('owns its native session and gives it back with its last lane', async () => {
    const before = liveOnnxSessions();
    const [executor, program] = [packedExecutor(await onnxExecutor(), { lanes: 4 }), stepOf()];
    const lanes = await Promise.all([1, 2, 3].map((seed) => lane(executor, program, seed)));
    await Promise.all(lanes.map((loaded, i) => calls(loaded, i + 1, [1, 1])));
    expect(liveOnnxSessions()).toBe(before + 1);
    for (const loaded of lanes) await loaded[Symbol.asyncDispose]();
    await lanes[0]?.[Symbol.asyncDispose]();
    expect(liveOnnxSessions()).toBe(before);
    const again = await lane(executor, program, 1);
    expect((await calls(again, 1, [1])).loss).toHaveLength(1);
    await again[Symbol.asyncDispose]();
    expect(liveOnnxSessions()).toBe(before);
  });

  it('is not made for programs that update nothing, such as generators', async () => {
    const below = watched(referenceExecutor());
    const program = traceProgram((t) => ({ outputs: { y: add(t.state('w', [3]), t.input('x', [3])) } }));
    await packedExecutor(below, { lanes: 4 }).load(program);
    expect(below.sizes).toEqual([3]);
  });

  it.each([1, 3, 0])('of %i lanes is refused', (lanes) => {
    expect(() => packedExecutor(referenceExecutor(), { lanes })).toThrow(/power of two/);
  });
});
