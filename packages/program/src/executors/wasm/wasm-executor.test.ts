import { describe, expect, it, vi } from 'vitest';
import { gradients } from '../../differentiate.ts';
import type { Executor } from '../../executor.ts';
import { matMul } from '../../primitives/contraction.ts';
import { conv2d } from '../../primitives/convolution.ts';
import {
  abs,
  add,
  cast,
  cos,
  exp,
  greater,
  leakyRelu,
  log,
  mul,
  neg,
  relu,
  sigmoid,
  sin,
  softplus,
  sub,
  tanh,
} from '../../primitives/elementwise.ts';
import { gatherRows, held } from '../../primitives/held-rows.ts';
import { concat, flip, reshape, slice, sum, table } from '../../primitives/layout.ts';
import { max, mean } from '../../primitives/selection.ts';
import type { Program } from '../../program.ts';
import { sizeOf } from '../../shape.ts';
import type { Sym } from '../../symbolic.ts';
import { traceProgram } from '../../trace.ts';
import { referenceExecutor } from '../reference/reference-executor.ts';
import { engine } from './engine.ts';
import { NotDense } from './plan.ts';
import { wasmExecutor } from './wasm-executor.ts';

const BUILDS: readonly (readonly [string, () => Executor])[] = [
  ['with fused multiply-add', () => wasmExecutor({ fused: true })],
  ['without', () => wasmExecutor({ fused: false })],
];

function values(count: number, salt: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => (((i + 1) * 0.754877666 + salt * 0.569840291) % 1) * 2 - 1);
}

const inputsOf = (program: Program) =>
  Object.fromEntries(program.inputs.map(({ name, shape }, i) => [name, values(sizeOf(shape), i)]));

async function outputsBy(executor: Executor, program: Program): Promise<Record<string, Float32Array>> {
  await using loaded = await executor.load(program);
  return loaded.run(inputsOf(program), 1);
}

async function expectAgreement(executor: Executor, program: Program, within = 3e-6): Promise<void> {
  const [actual, expected] = [await outputsBy(executor, program), await outputsBy(referenceExecutor(), program)];
  for (const { name } of program.outputs) {
    const oracle = expected[name] as Float32Array;
    const scale = Math.max(1e-3, ...oracle.map(Math.abs));
    const worst = Math.max(...oracle.map((value, i) => Math.abs(value - (actual[name]?.[i] ?? Number.NaN))));
    expect(worst / scale, name).toBeLessThan(within);
  }
}

describe.each(BUILDS)('WebAssembly %s', (_, create) => {
  // Every remainder of tiles of four rows by eight columns, and inner lengths below, at and above the unrolled ones.
  const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 13, 17, 33];
  it.each(
    sizes.flatMap((rows, i) =>
      sizes.map((columns, j) => [rows, sizes[(i * 3 + j * 5) % sizes.length] as number, columns]),
    ),
  )('multiplies [%i, %i] by […, %i] in every transposition, with what is done to the tiles', async (n, k, m) => {
    const program = traceProgram(({ input }) => {
      const [a, at, b, bt] = [input('a', [n, k]), input('at', [k, n]), input('b', [k, m]), input('bt', [m, k])];
      const [row, column, whole] = [input('row', [m]), input('column', [n, 1]), input('whole', [n, m])];
      const plain = matMul(a, b);
      const twice = matMul(at, bt, { transposeA: true, transposeB: true });
      return {
        outputs: {
          plain,
          biased: tanh(add(plain, row)),
          scaled: mul(matMul(a, bt, { transposeB: true }), column),
          joined: add(mul(matMul(at, b, { transposeA: true }), whole), twice),
          columns: sum(twice, [0]),
          rows: sum(twice, [1]),
        },
      };
    });
    await expectAgreement(create(), program, 1e-5);
  });

  it('multiplies stacks of matrices', async () => {
    const program = traceProgram(({ input }) => {
      const [a, b, bias] = [input('a', [3, 5, 7]), input('b', [3, 7, 12]), input('bias', [12])];
      const y = add(matMul(a, b), bias);
      const [ga, gb] = gradients(sum(mul(y, y), [0, 1, 2]), [a, b]) as [Sym, Sym];
      return { outputs: { y, ga, gb } };
    });
    await expectAgreement(create(), program);
  });

  it('writes parts of a concatenation in place, also parts of parts and one part twice', async () => {
    const program = traceProgram(({ input }) => {
      const [x, y] = [input('x', [3, 2]), input('y', [5])];
      const [a, b] = [reshape(mul(x, x), [6]), exp(y)];
      const inner = concat([a, b], 0);
      return { outputs: { inner, outer: concat([inner, b, slice(inner, 0, 3, 4), y], 0), after: mul(inner, 2) } };
    });
    await expectAgreement(create(), program);
  });

  it('repeats operands along any axes', async () => {
    const program = traceProgram(({ input }) => {
      const [x, middle, outer] = [input('x', [2, 3, 5]), input('middle', [1, 3, 1]), input('outer', [2, 1, 5])];
      return { outputs: { y: add(mul(x, middle), outer), z: sub(middle, outer) } };
    });
    await expectAgreement(create(), program);
  });

  it.each([
    ['exp', exp, [-110, -87.5, -1e-8, 0, 1e-8, 1, 87.5, 88.7, 89, Number.POSITIVE_INFINITY], 3e-7],
    ['log', log, [1e-42, 1e-38, 1e-6, 0.999, 1, 1.001, 7, 3e38, Number.POSITIVE_INFINITY], 3e-7],
    ['tanh', tanh, [-50, -8, -1, -1e-3, -1e-12, 0, 1e-12, 3e-4, 0.5, 7.9, 50], 6e-7],
    ['sigmoid', sigmoid, [-100, -20, -1, -1e-9, 0, 1e-9, 1, 20, 100], 4e-7],
    ['softplus', softplus, [-100, -20, -1, -0.3, 0, 0.9, 1, 20, 100], 4e-7],
    ['sin', sin, [-1e9, -1e5, -22, -Math.PI, -1, -1e-9, 0, 0.7, 0.8, 3, 2 * Math.PI, 1e4, 12345678], 3e-7],
    ['cos', cos, [-1e9, -1e5, -22, -Math.PI / 2, -1, -1e-9, 0, 0.7, 0.8, 3, 1.5 * Math.PI, 1e4, 12345678], 3e-7],
  ] as const)('%s is right to the last digits over the whole range', async (__, operation, at, within) => {
    const program = traceProgram(({ input }) => ({ outputs: { y: operation(input('x', [at.length])) } }));
    const x = { x: Float32Array.from(at) };
    await using native = await create().load(program);
    await using oracle = await referenceExecutor().load(program);
    const [actual, expected] = [(await native.run(x, 1)).y, (await oracle.run(x, 1)).y];
    expected?.forEach((value, i) => {
      const got = actual?.[i] ?? Number.NaN;
      if (Number.isFinite(value))
        expect(Math.abs(got - value), `of ${at[i]}`).toBeLessThanOrEqual(within * Math.abs(value) + 2e-45);
      else expect(got, `of ${at[i]}`).toBe(value);
    });
  });

  it('gives logistic and softplus of x and −x in one pass the bits that each has alone', async () => {
    const functions = {
      logistic: sigmoid,
      mirrored: (x: Sym) => sigmoid(neg(x)),
      softplus,
      reflected: (x: Sym) => softplus(neg(x)),
      twice: (x: Sym) => softplus(neg(neg(x))),
      nested: (x: Sym) => softplus(mul(sigmoid(x), 3)),
    };
    const names = Object.keys(functions) as (keyof typeof functions)[];
    const programOf = (wanted: readonly (keyof typeof functions)[]): Program =>
      traceProgram(({ input }) => {
        const x = input('x', [23]);
        return { outputs: Object.fromEntries(wanted.map((name) => [name, functions[name](x)])) };
      });
    await expectAgreement(create(), programOf(names));
    const x = { x: values(23, 4).map((value) => value * 30) };
    await using together = await create().load(programOf(names));
    const all = await together.run(x, 1);
    for (const name of names) {
      await using alone = await create().load(programOf([name]));
      expect([name, all[name]]).toEqual([name, (await alone.run(x, 1))[name]]);
    }
  });

  it.each([
    ['the largest', [], 3],
    ['infinity', [Number.NEGATIVE_INFINITY], Number.POSITIVE_INFINITY],
    ['NaN, infinity or not', [Number.POSITIVE_INFINITY, Number.NaN, -1], Number.NaN],
  ])('finds %s among magnitudes', async (__, added, largest) => {
    const x = values(70, 1);
    x.set([-3, ...added], 30);
    const program = traceProgram(({ input }) => ({ outputs: { largest: max(abs(input('x', [70])), [0]) } }));
    await using loaded = await create().load(program);
    expect((await loaded.run({ x }, 1)).largest).toEqual(Float32Array.of(largest));
  });

  it('chooses by masks of products, also those that come much later', async () => {
    const program = traceProgram(({ input }) => {
      const [x, ...weights] = [input('x', [9, 8]), input('a', [8, 12]), input('b', [12, 8]), input('c', [8, 4])];
      const [a, b, c] = weights as [Sym, Sym, Sym];
      const y = matMul(leakyRelu(matMul(relu(matMul(x, a)), b), 0.2), c);
      const [ga, gb, gc] = gradients(sum(mul(y, y), [0, 1]), [a, b, c]) as [Sym, Sym, Sym];
      return { outputs: { ga, gb, gc, isPositive: cast(greater(ga, 0)) } };
    });
    await expectAgreement(create(), program);
  });

  it('gives −∞ for log 0 and NaN for the logarithm of what is below', async () => {
    const program = traceProgram(({ input }) => ({ outputs: { y: log(input('x', [3])) } }));
    await using loaded = await create().load(program);
    expect((await loaded.run({ x: Float32Array.of(0, -1, Number.NaN) }, 1)).y).toEqual(
      Float32Array.of(Number.NEGATIVE_INFINITY, Number.NaN, Number.NaN),
    );
  });

  it('gives NaN for the sine and cosine of what is not finite', async () => {
    const program = traceProgram(({ input }) => {
      const x = input('x', [3]);
      return { outputs: { sines: sin(x), cosines: cos(x) } };
    });
    await using loaded = await create().load(program);
    const x = Float32Array.of(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN);
    expect(await loaded.run({ x }, 1)).toEqual({ sines: x.map(() => Number.NaN), cosines: x.map(() => Number.NaN) });
  });

  it('keeps tables through all steps, also where they leave as they are', async () => {
    const program = traceProgram(({ input }) => {
      const x = input('x', [2, 3]);
      const fixed = table(x, [1, 2, 3, 4, 5, 6], [2, 3]);
      return { outputs: { y: exp(mul(x, flip(fixed, 0))), z: sum(mul(exp(mul(x, fixed)), fixed), [1]), fixed } };
    });
    await using loaded = await create().load(program);
    await using oracle = await referenceExecutor().load(program);
    const x = { x: values(18, 1) };
    const [actual, expected] = [await loaded.run(x, 3), await oracle.run(x, 3)];
    for (const name of ['y', 'z', 'fixed'])
      expected[name]?.forEach((value, i) => {
        expect(Math.abs((actual[name]?.[i] ?? Number.NaN) - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
      });
  });

  it('sums what a tail leaves, and nothing behind it', async () => {
    for (const count of [1, 2, 3, 5, 6, 7, 9]) {
      const program = traceProgram(({ input }) => {
        const x = input('x', [count]);
        return { outputs: { mean: mean(exp(x), [0]) } };
      });
      await expectAgreement(create(), program);
    }
  });

  it('hands a state on to another one without losing what it held', async () => {
    const program = traceProgram(({ input, state }) => {
      const [a, b] = [state('a', [2]), state('b', [2])];
      return { outputs: { seen: mul(input('x', [1]), 1) }, updates: { a: b, b: a } };
    });
    await using loaded = await create().load(program);
    await loaded.writeState({ a: Float32Array.of(1, 2), b: Float32Array.of(3, 4) });
    await loaded.run({ x: Float32Array.of(0) }, 1);
    expect(await loaded.readState()).toEqual({ a: Float32Array.of(3, 4), b: Float32Array.of(1, 2) });
  });
});

describe('the WebAssembly executor', () => {
  it('refuses a program that holds rows and names the primitive', async () => {
    const rows = { content: 'rows', shape: [2, 3], read: () => new Uint8Array(6) };
    const program = traceProgram(({ input }) => {
      const positions = input('positions', [4], { dtype: 'int32' });
      return { outputs: { y: cast(gatherRows(held(positions, rows), positions)) } };
    });
    await expect(wasmExecutor().load(program)).rejects.toThrow(/it has no gatherRows/);
  });

  it('refuses a program with convolutions and names the primitive', async () => {
    const program = traceProgram(({ input }) => ({
      outputs: { y: conv2d(input('x', [1, 1, 4, 4]), input('w', [1, 1, 3, 3]), { stride: 1, padding: 1 }) },
    }));
    const refusal = wasmExecutor().load(program);
    await expect(refusal).rejects.toThrow(NotDense);
    await expect(refusal).rejects.toThrow(/conv2d/);
  });

  it('compiles a program once, also for lanes that all ask before the first has it', async () => {
    const program = traceProgram(({ input }) => ({ outputs: { y: exp(input('x', [4])) } }));
    const executor = wasmExecutor();
    const compile = vi.spyOn(engine, 'compile');
    const loaded = await Promise.all([1, 2, 3].map(() => executor.load(program)));
    expect(compile).toHaveBeenCalledTimes(1);
    compile.mockRestore();
    for (const one of loaded) await one[Symbol.asyncDispose]();
  });

  it('holds no more memory after 10,000 steps than after 1,000', async () => {
    const size = 16_384;
    const program = traceProgram((tracer) => {
      const [state, x] = [tracer.state('s', [size]), tracer.input('x', [])];
      return { outputs: { first: mean(state, [0]) }, updates: { s: add(mul(state, 0.5), x) } };
    });
    await using loaded = await wasmExecutor().load(program);
    const run = async (calls: number): Promise<void> => {
      for (let i = 0; i < calls; i += 1) await loaded.run({ x: Float32Array.of(1, 2, 3, 4) }, 4);
    };
    await run(250);
    const before = process.memoryUsage().rss;
    await run(2_250);
    // One leaked state a call would be 147 MB.
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(48);
  });
});
