import { createHash } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import { gradients } from '../differentiate.ts';
import type { Executor, LoadedProgram } from '../executor.ts';
import { matMul } from '../primitives/contraction.ts';
import { conv2d, conv2dTranspose } from '../primitives/convolution.ts';
import {
  add,
  cast,
  div,
  leakyRelu,
  mul,
  neg,
  relu,
  softplus,
  sqrt,
  square,
  stopGradient,
  sub,
  tanh,
  where,
} from '../primitives/elementwise.ts';
import { concat, reshape, split } from '../primitives/layout.ts';
import { mean } from '../primitives/selection.ts';
import type { Program } from '../program.ts';
import { type Shape, sizeOf } from '../shape.ts';
import type { Sym } from '../symbolic.ts';
import { traceProgram } from '../trace.ts';
import { lowerToOnnx } from './onnx/lower-to-onnx.ts';
import { liveOnnxSessions, loadLibrary, onnxExecutor } from './onnx/onnx-executor.ts';
import { packedExecutor } from './packed/packed-executor.ts';
import { referenceExecutor } from './reference/reference-executor.ts';
import { joinedRows } from './tensorflow/joined-rows.ts';
import { lowerToTensorflow } from './tensorflow/lower-to-tensorflow.ts';
import { heldByTensorflow, type TensorflowOptions, tensorflowExecutor } from './tensorflow/tensorflow-executor.ts';
import { wasmExecutor } from './wasm/wasm-executor.ts';

const BATCH = 4;

interface Network {
  readonly shapes: readonly Shape[];
  readonly apply: (x: Sym, parameters: readonly Sym[]) => Sym;
}

function multilayer(sizes: readonly number[]): Network {
  const layers = sizes.slice(1).map((out, i): [number, number] => [sizes[i] ?? 0, out]);
  return {
    shapes: layers.flatMap(([input, out]) => [[input, out], [out]]),
    apply: (x, parameters) =>
      layers.reduce((h, _, i) => {
        const y = add(matMul(h, parameters[2 * i] as Sym), parameters[2 * i + 1] as Sym);
        return i < layers.length - 1 ? relu(y) : y;
      }, x),
  };
}

function normalised(x: Sym, scale: Sym, bias: Sym): Sym {
  const channels = x.shape[1] as number;
  const centred = sub(x, mean(x, [0, 2, 3], { keepDims: true }));
  const deviation = sqrt(add(mean(square(centred), [0, 2, 3], { keepDims: true }), 1e-5));
  return add(mul(centred, div(reshape(scale, [1, channels, 1, 1]), deviation)), reshape(bias, [1, channels, 1, 1]));
}

const convolutionalGenerator: Network = {
  shapes: [[5, 6 * 4], [6], [6], [6, 3, 4, 4]],
  apply: (z, [dense, scale, bias, up]) => {
    const x = relu(normalised(reshape(matMul(z, dense as Sym), [BATCH, 6, 2, 2]), scale as Sym, bias as Sym));
    return tanh(conv2dTranspose(x, up as Sym, { stride: 2, padding: 1 }));
  },
};
const convolutionalDiscriminator: Network = {
  shapes: [[4, 3, 3, 3], [5, 4, 4, 4], [5], [5], [20, 1]],
  apply: (x, [first, second, scale, bias, dense]) => {
    const h = leakyRelu(conv2d(x, first as Sym, { stride: 1, padding: 1 }), 0.2);
    const y = normalised(conv2d(h, second as Sym, { stride: 2, padding: 1 }), scale as Sym, bias as Sym);
    return matMul(reshape(leakyRelu(y, 0.2), [BATCH, 20]), dense as Sym);
  },
};

const total = (network: Network): number => network.shapes.reduce((n, shape) => n + sizeOf(shape), 0);
const tensorsIn = (flat: Sym, { shapes }: Network): Sym[] =>
  split(flat, shapes.map(sizeOf), 0).map((part, i) => reshape(part, shapes[i] as Shape));

/** A whole iteration: a step of D, then of G, by Adam on flat states; real images come as bytes. */
function ganStep(options: { generator: Network; discriminator: Network; image: Shape; noise: number }): Program {
  const { generator, discriminator, image, noise } = options;
  return traceProgram((tracer) => {
    const real = sub(div(cast(tracer.input('real', [BATCH, ...image], { dtype: 'uint8' })), 127.5), 1);
    const [z1, z2] = ['z1', 'z2'].map((name) => tracer.input(name, [BATCH, noise]));
    const rate = tracer.input('rate', [], { each: 'call' });
    const updates: Record<string, Sym> = {};
    const stateOf = (name: string, network: Network) =>
      ['p', 'm', 'v'].map((kind) => tracer.state(`${kind}${name}`, [total(network)])) as [Sym, Sym, Sym];
    const step = (name: string, [p, m, v]: readonly [Sym, Sym, Sym], loss: Sym, parameters: readonly Sym[]) => {
      const parts = gradients(loss, parameters).map((part) => reshape(part, [sizeOf(part.shape)]));
      const gradient = concat(parts, 0);
      const m2 = add(mul(m, 0.5), mul(gradient, 0.5));
      const v2 = add(mul(v, 0.99), mul(square(gradient), 0.01));
      const p2 = sub(p, div(mul(rate, m2), add(sqrt(v2), 1e-6)));
      Object.assign(updates, { [`p${name}`]: p2, [`m${name}`]: m2, [`v${name}`]: v2 });
      return { gradient, moved: p2 };
    };
    const [stateD, stateG] = [stateOf('D', discriminator), stateOf('G', generator)];
    const [pD, pG] = [tensorsIn(stateD[0], discriminator), tensorsIn(stateG[0], generator)];
    const draw = (z: Sym | undefined): Sym => generator.apply(z as Sym, pG);
    const judge = (x: Sym, parameters: readonly Sym[]): Sym => discriminator.apply(x, parameters);
    const average = (x: Sym): Sym => mean(x, [0, 1]);
    const lossD = add(average(softplus(neg(judge(real, pD)))), average(softplus(judge(draw(z1), pD))));
    const d = step('D', stateD, lossD, pD);
    // G is trained against the moved D, whose movement is no function of G here.
    const against = tensorsIn(stopGradient(d.moved), discriminator);
    const lossG = average(softplus(neg(judge(draw(z2), against))));
    const g = step('G', stateG, lossG, pG);
    return { outputs: { lossD, lossG, gradientD: d.gradient, gradientG: g.gradient }, updates };
  });
}

const PLANE = { generator: multilayer([3, 8, 8, 2]), discriminator: multilayer([2, 8, 8, 1]), image: [2], noise: 3 };
const IMAGES = {
  generator: convolutionalGenerator,
  discriminator: convolutionalDiscriminator,
  image: [3, 4, 4],
  noise: 5,
};

function pseudoRandom(count: number, salt: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => (((i + 1) * 0.754877666 + salt * 0.569840291) % 1) * 2 - 1);
}

function initialState(program: Program): Record<string, Float32Array> {
  return Object.fromEntries(
    program.states.map(({ name, shape }, i) => [
      name,
      name.startsWith('p') ? pseudoRandom(sizeOf(shape), i).map((x) => x * 0.4) : new Float32Array(sizeOf(shape)),
    ]),
  );
}

function inputsOf(program: Program, from: number, steps: number): Record<string, Float32Array | Uint8Array> {
  return Object.fromEntries(
    program.inputs.map(({ name, shape, dtype, each }, i) => {
      if (each === 'call') return [name, Float32Array.of(0.01)];
      const size = sizeOf(shape);
      const values = Array.from({ length: steps }, (_, step) => [...pseudoRandom(size, 17 * i + from + step)]).flat();
      return [name, dtype === 'uint8' ? Uint8Array.from(values, (x) => (x + 1) * 127) : Float32Array.from(values)];
    }),
  );
}

/** Runs consecutive calls of the given numbers of steps and puts their outputs together. */
async function runInCalls(
  loaded: LoadedProgram,
  program: Program,
  calls: readonly number[],
  from = 0,
): Promise<{ outputs: Record<string, number[]>; state: Record<string, Float32Array> }> {
  const outputs: Record<string, number[]> = {};
  let done = from;
  for (const steps of calls) {
    const result = await loaded.run(inputsOf(program, done, steps), steps);
    for (const [name, values] of Object.entries(result)) outputs[name] = [...(outputs[name] ?? []), ...values];
    done += steps;
  }
  return { outputs, state: await loaded.readState() };
}

function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let [largest, scale] = [0, 1e-6];
  for (let i = 0; i < expected.length; i += 1) {
    largest = Math.max(largest, Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN)));
    scale = Math.max(scale, Math.abs(expected[i] ?? 0));
  }
  return largest / scale;
}

const TENSORFLOW_HERE = inject('tensorflow');
const NAME_HERE = TENSORFLOW_HERE?.device === 'gpu' ? 'tensorflow-gpu' : 'tensorflow';
const TENSORFLOW: readonly (readonly [string, () => Promise<Executor>])[] =
  TENSORFLOW_HERE === null
    ? []
    : [
        [NAME_HERE, () => tensorflowExecutor(TENSORFLOW_HERE)],
        [`packed ${NAME_HERE}`, async () => packedExecutor(await tensorflowExecutor(TENSORFLOW_HERE), { lanes: 4 })],
      ];
if (TENSORFLOW_HERE === null)
  it.skip('TensorFlow was not run: it is not installed here (npm run gansweep -- backend install tensorflow)', () => {});
const EXECUTORS: readonly (readonly [string, () => Promise<Executor>])[] = [
  ...TENSORFLOW,
  ['onnx', () => onnxExecutor()],
  ['wasm', async () => wasmExecutor()],
  ['reference', async () => referenceExecutor()],
  ['packed onnx', async () => packedExecutor(await onnxExecutor(), { lanes: 4 })],
  ['packed reference', async () => packedExecutor(referenceExecutor(), { lanes: 4 })],
];
const isReference = (name: string): boolean => name.includes('reference');
const STEPS = [
  ['an MLP GAN step', ganStep(PLANE), EXECUTORS],
  ['a convolutional GAN step with batch norm', ganStep(IMAGES), EXECUTORS.filter(([name]) => name !== 'wasm')],
] as const;

describe.each(STEPS)('%s', (_, program, executors) => {
  it.each(executors.filter(([name]) => !isReference(name)))(
    'gives the same losses, gradients and state by %s as by the float64 reference',
    async (name, create) => {
      // Its tanh and softplus are polynomials with a few more units in the last place.
      const bound = name.includes('tensorflow') ? 2e-5 : 1e-5;
      const results = [];
      for (const executor of [await create(), referenceExecutor()]) {
        await using loaded = await executor.load(program);
        await loaded.writeState(initialState(program));
        results.push(await runInCalls(loaded, program, [3]));
      }
      const [native, reference] = results;
      for (const [name, expected] of Object.entries(reference?.outputs ?? {}))
        expect(distance(native?.outputs[name] ?? [], expected), name).toBeLessThan(bound);
      // Adam divides by the root of a small second moment, which magnifies rounding.
      for (const [name, expected] of Object.entries(reference?.state ?? {}))
        expect(distance(native?.state[name] ?? [], expected), name).toBeLessThan(1e-3);
    },
  );

  it('moves every state, so that the comparison above compares something', async () => {
    await using loaded = await (await onnxExecutor()).load(program);
    await loaded.writeState(initialState(program));
    const { state } = await runInCalls(loaded, program, [1]);
    for (const [name, before] of Object.entries(initialState(program))) expect(state[name]).not.toEqual(before);
  });

  it.each(executors)('%s: is bit-identical however the steps are cut into calls', async (name, create) => {
    const steps = isReference(name) ? 4 : 50;
    const executor = await create();
    const splits = isReference(name)
      ? [[4], [1, 1, 1, 1], [1, 3]]
      : [[50], new Array(50).fill(1), [7, 7, 7, 7, 7, 7, 8], [1, 49]];
    const results = [];
    for (const calls of splits) {
      expect(calls.reduce((a, b) => a + b)).toBe(steps);
      await using loaded = await executor.load(program);
      await loaded.writeState(initialState(program));
      results.push(await runInCalls(loaded, program, calls));
    }
    for (const result of results.slice(1)) expect(result).toEqual(results[0]);
    expect(results[0]?.outputs.lossD?.every(Number.isFinite)).toBe(true);
  });

  it.each(executors)(
    '%s: continues bit for bit from a state read in one program and written to another',
    async (_, create) => {
      const executor = await create();
      await using whole = await executor.load(program);
      await whole.writeState(initialState(program));
      const expected = await runInCalls(whole, program, [2, 2]);
      await using first = await executor.load(program);
      await first.writeState(initialState(program));
      const half = await runInCalls(first, program, [2]);
      await using second = await executor.load(program);
      await second.writeState(half.state);
      expect((await runInCalls(second, program, [2], 2)).state).toEqual(expected.state);
    },
  );
});

// A version says which curves have the same last bits. Where a hash differs, see whether results do: if so, raise GRAPHS or
// VERSION of that executor, and write the new hash here in any case.
describe('what is made of a program', () => {
  const hashOf = (...parts: readonly Uint8Array[]): string => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest('hex').slice(0, 16);
  };
  const [dense, images] = [ganStep(PLANE), ganStep(IMAGES)];
  const onProcessor = { images: 'NHWC', groupedConvolutions: false } as const;
  const onGpu = { images: 'NCHW', groupedConvolutions: true } as const;

  it.each([
    ['ONNX Runtime, graphs 1', lowerToOnnx, ['442d1c41a1a5343b', 'cd23540e13f21800']],
    [
      'TensorFlow on a processor, graphs 2',
      (p: Program) => lowerToTensorflow(joinedRows(p), onProcessor),
      ['87baf2c14b7f5e6e', '8f378f28bc29d61f'],
    ],
    [
      'TensorFlow on a GPU, graphs 1',
      (p: Program) => lowerToTensorflow(p, onGpu),
      ['a101a56d9acebea9', '7945e9c3c8dddfa3'],
    ],
  ] as const)('does not change unnoticed: %s', (_, lower, hashes) => {
    expect([dense, images].map((program) => hashOf(lower(program)))).toEqual(hashes);
  });

  it('computes the same bits everywhere by WebAssembly without fused multiply-add, in one version', async () => {
    const executor = wasmExecutor({ fused: false });
    await using loaded = await executor.load(dense);
    await loaded.writeState(initialState(dense));
    const { outputs, state } = await runInCalls(loaded, dense, [5]);
    const bytes = [...Object.values(outputs).map((values) => Float32Array.from(values)), ...Object.values(state)].map(
      ({ buffer }) => new Uint8Array(buffer),
    );
    expect([executor.version, hashOf(...bytes)]).toEqual(['1', 'd67b16cd8916fcff']);
  });
});

const counter = traceProgram((tracer) => {
  const [n, bytes] = [tracer.state('n', [2]), tracer.input('x', [2], { dtype: 'uint8' })];
  const by = tracer.input('by', [], { each: 'call' });
  const kept = tracer.state('kept', [1]);
  return {
    outputs: { before: n, seen: cast(bytes), twice: mul(kept, 2) },
    updates: { n: add(n, mul(cast(bytes), by)) },
  };
});
const twoSteps = { x: Uint8Array.of(1, 2, 3, 255), by: Float32Array.of(10) };

describe.each(EXECUTORS)('%s executor', (name, create) => {
  it('names itself, its version and its device', async () => {
    const executor = await create();
    expect(executor.name).toBe(name.replace('packed ', ''));
    expect(executor.version).toMatch(/^\d+/);
    expect(executor.device).not.toBe('');
  });

  it('starts with states of zero, runs each step on its own inputs, and keeps states that nothing updates', async () => {
    await using loaded = await (await create()).load(counter);
    await loaded.writeState({ kept: Float32Array.of(3) });
    const outputs = await loaded.run(twoSteps, 2);
    expect(outputs.before).toEqual(Float32Array.of(0, 0, 10, 20));
    expect(outputs.seen).toEqual(Float32Array.of(1, 2, 3, 255));
    expect(outputs.twice).toEqual(Float32Array.of(6, 6));
    expect(await loaded.readState()).toEqual({ n: Float32Array.of(40, 2570), kept: Float32Array.of(3) });
  });

  it('hands out outputs and states that later calls do not change', async () => {
    await using loaded = await (await create()).load(counter);
    const first = await loaded.run(twoSteps, 2);
    const state = await loaded.readState();
    await loaded.run(twoSteps, 2);
    await loaded.run(twoSteps, 2);
    expect(first.before).toEqual(Float32Array.of(0, 0, 10, 20));
    expect(state.n).toEqual(Float32Array.of(40, 2570));
  });

  it('takes masks as bytes of 0 and 1', async () => {
    const program = traceProgram((tracer) => ({
      outputs: { y: where(tracer.input('mask', [3], { dtype: 'bool' }), 5, 7) },
    }));
    await using loaded = await (await create()).load(program);
    expect(await loaded.run({ mask: Uint8Array.of(1, 0, 1) }, 1)).toEqual({ y: Float32Array.of(5, 7, 5) });
  });

  it('remembers the state before the last call', async () => {
    await using loaded = await (await create()).load(counter);
    await loaded.run(twoSteps, 2);
    await loaded.run(twoSteps, 2);
    expect((await loaded.readPreviousState()).n).toEqual(Float32Array.of(40, 2570));
  });

  it.each([
    ['a missing input', { x: twoSteps.x }, 2, /'by' is missing/],
    ['an unknown input', { ...twoSteps, y: Float32Array.of(1) }, 2, /no input 'y'/],
    ['an input of the wrong type', { ...twoSteps, x: Float32Array.of(1, 2, 3, 4) }, 2, /'x' is to be uint8/],
    ['an input of the wrong length', twoSteps, 3, /'x' has 4 elements instead of 6/],
    ['no steps', twoSteps, 0, /at least one step/],
  ])('refuses %s and leaves the state alone', async (_, inputs, steps, message) => {
    await using loaded = await (await create()).load(counter);
    await loaded.run(twoSteps, 2);
    await expect(loaded.run(inputs as Record<string, Float32Array>, steps)).rejects.toThrow(message);
    expect((await loaded.readState()).n).toEqual(Float32Array.of(40, 2570));
  });

  it('refuses to write a state that does not exist or has another length', async () => {
    await using loaded = await (await create()).load(counter);
    await expect(loaded.writeState({ m: Float32Array.of(1) })).rejects.toThrow(/no state 'm'/);
    await expect(loaded.writeState({ n: Float32Array.of(1) })).rejects.toThrow(/'n' has 1 elements instead of 2/);
  });
});

describe.skipIf(TENSORFLOW_HERE === null)('TensorFlow', () => {
  const open = (): Promise<Executor> => tensorflowExecutor(TENSORFLOW_HERE as TensorflowOptions);

  it.skipIf(TENSORFLOW_HERE?.device === 'gpu')(
    'says by its version that graphs on a processor have other last bits than those of before',
    async () => {
      expect((await open()).version).toMatch(/^\d+\.\d+\.\d+\S* \(graphs 2\)$/);
    },
  );

  it('holds no tensor between calls, failed ones included, and no graph once a program is disposed of', async () => {
    const before = heldByTensorflow();
    const loaded = await (await open()).load(counter);
    expect(heldByTensorflow()).toEqual({ ...before, graphs: before.graphs + 1 });
    await loaded.run(twoSteps, 2);
    await loaded.writeState({ n: Float32Array.of(1, 2) });
    await loaded.readState();
    await loaded.readPreviousState();
    await expect(loaded.run({ x: twoSteps.x }, 2)).rejects.toThrow(/'by' is missing/);
    expect(heldByTensorflow().tensors).toBe(before.tensors);
    await loaded[Symbol.asyncDispose]();
    await loaded[Symbol.asyncDispose]();
    expect(heldByTensorflow()).toEqual(before);
    await expect(loaded.run(twoSteps, 2)).rejects.toThrow(/disposed/);
  });

  it('keeps states when the arrays change that they were written from or that were their inputs', async () => {
    const length = 16;
    const names = ['a', 'b', 'c', 'd'];
    const program = traceProgram((tracer) => ({
      outputs: {},
      updates: Object.fromEntries(
        names.map((name) => {
          tracer.state(name, [length]);
          return [name, reshape(tracer.input(`to_${name}`, [length, 1]), [length])];
        }),
      ),
    }));
    // TensorFlow uses memory where it lies if its address is a multiple of 64 bytes: that of one of the four.
    const views = (buffer: Float32Array, prefix: string): Record<string, Float32Array> =>
      Object.fromEntries(names.map((name, i) => [`${prefix}${name}`, buffer.subarray(i * 20, i * 20 + length)]));
    await using loaded = await (await open()).load(program);
    const state = new Float32Array(80).fill(1);
    await loaded.writeState(views(state, ''));
    state.fill(9);
    const input = new Float32Array(80).fill(2);
    await loaded.run(views(input, 'to_'), 1);
    input.fill(9);
    const [before, after] = [await loaded.readPreviousState(), await loaded.readState()];
    for (const name of names) {
      expect(before[name]).toEqual(new Float32Array(length).fill(1));
      expect(after[name]).toEqual(new Float32Array(length).fill(2));
    }
  });

  it.skipIf(TENSORFLOW_HERE?.device === 'gpu')(
    'is asked for a GPU that is not there: says so instead of computing elsewhere',
    async () => {
      await expect(tensorflowExecutor({ ...(TENSORFLOW_HERE as TensorflowOptions), device: 'gpu' })).rejects.toThrow(
        /finds no GPU/,
      );
    },
  );

  it('says why, and what to do, when the library does not load', async () => {
    await expect(tensorflowExecutor({ binding: '/nowhere/tfjs_binding.node' })).rejects.toThrow(
      /does not load from \/nowhere\/tfjs_binding.node.*gansweep backend probe/,
    );
  });
});

describe('native sessions', () => {
  it('are counted, released once, and refuse to run afterwards', async () => {
    const before = liveOnnxSessions();
    const loaded = await (await onnxExecutor()).load(counter);
    expect(liveOnnxSessions()).toBe(before + 1);
    await loaded[Symbol.asyncDispose]();
    await loaded[Symbol.asyncDispose]();
    expect(liveOnnxSessions()).toBe(before);
    await expect(loaded.run(twoSteps, 2)).rejects.toThrow(/disposed/);
  });

  it('refuse a second call while one is under way, because both would write one buffer', async () => {
    await using loaded = await (await onnxExecutor()).load(counter);
    const first = loaded.run(twoSteps, 2);
    await expect(loaded.run(twoSteps, 2)).rejects.toThrow(/under way/);
    await first;
    expect((await loaded.readState()).n).toEqual(Float32Array.of(40, 2570));
  });

  it.each([['ONNX Runtime', () => onnxExecutor()] as const, ...TENSORFLOW.slice(0, 1)])(
    '%s: hold no more memory after 10,000 steps than after 1,000',
    async (_, create) => {
      const size = 16_384;
      const program = traceProgram((tracer) => {
        const [state, x] = [tracer.state('s', [size]), tracer.input('x', [])];
        return { outputs: { first: mean(state, [0]) }, updates: { s: add(mul(state, 0.5), x) } };
      });
      await using loaded = await (await create()).load(program);
      const run = async (calls: number): Promise<void> => {
        for (let i = 0; i < calls; i += 1) await loaded.run({ x: Float32Array.of(1, 2, 3, 4) }, 4);
      };
      await run(250);
      const before = process.memoryUsage();
      await run(2_250);
      const after = process.memoryUsage();
      // One leaked state a call would be 147 MB.
      expect((after.rss - before.rss) / 2 ** 20).toBeLessThan(48);
    },
  );

  it('say why, and what to do, when the library does not load', async () => {
    const broken = () => Promise.reject(new Error('libonnxruntime.so.1: cannot open shared object file\nmore'));
    await expect(loadLibrary(broken)).rejects.toThrow(
      /onnxruntime-node does not load \(libonnxruntime.so.1: cannot open shared object file\).*npm ci/,
    );
  });
});
