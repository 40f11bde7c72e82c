import { describe, expect, inject, it } from 'vitest';
import { gradients } from '../differentiate.ts';
import type { Executor, InputArray } from '../executor.ts';
import { onnxExecutor } from '../executors/onnx/onnx-executor.ts';
import { evaluateProgram, referenceExecutor } from '../executors/reference/reference-executor.ts';
import { tensorflowExecutor } from '../executors/tensorflow/tensorflow-executor.ts';
import { wasmExecutor } from '../executors/wasm/wasm-executor.ts';
import { programOfLanes } from '../lanes.ts';
import { modulatedConv2d } from '../operations/modulation.ts';
import { adaptiveInstanceNorm, secondMomentNorm } from '../operations/normalisation.ts';
import {
  averagePool,
  filterImages,
  readAlongWidth,
  resizeBilinear,
  upsampleNearest,
} from '../operations/resampling.ts';
import { clamp, largestMask, oneHot, sign } from '../operations/selecting.ts';
import { l2Norm } from '../operations/statistics.ts';
import type { Program } from '../program.ts';
import { type Shape, ShapeError, sizeOf } from '../shape.ts';
import type { DType, HeldRows, Sym } from '../symbolic.ts';
import { traceProgram } from '../trace.ts';
import { matMul } from './contraction.ts';
import { conv2d, conv2dTranspose } from './convolution.ts';
import {
  abs,
  add,
  cast,
  cos,
  div,
  equal,
  exp,
  greater,
  leakyRelu,
  log,
  maximum,
  minimum,
  mul,
  neg,
  relu,
  sigmoid,
  sin,
  softplus,
  sqrt,
  square,
  stopGradient,
  sub,
  tanh,
  where,
} from './elementwise.ts';
import { gatherRows, held } from './held-rows.ts';
import { concat, expand, flip, pad, reshape, slice, split, sum, table, transpose } from './layout.ts';
import { isFiniteAll, logSumExp, max, mean } from './selection.ts';
import { PRIMITIVES } from './table.ts';

interface OperationCase {
  readonly label: string;
  /** The primitives that this case is the evidence for. */
  readonly covers: readonly string[];
  readonly shapes: readonly Shape[];
  readonly dtypes?: readonly DType[];
  readonly result: (...operands: Sym[]) => Sym;
  /** Keeps operands away from kinks and out of forbidden ranges. */
  readonly place?: (value: number) => number;
  /** Operands by which the result can be differentiated; all float32 ones by default, none where it is constant. */
  readonly differentiable?: readonly number[];
}

const positive = (value: number): number => 0.5 + Math.abs(value);
const awayFromZero = (value: number): number => value + Math.sign(value) * 0.25;
const unary = (label: string, result: (x: Sym) => Sym, place?: (value: number) => number): OperationCase => ({
  label,
  covers: [label],
  shapes: [[3, 4]],
  result: (x) => result(x as Sym),
  ...(place ? { place } : {}),
});
const binary = (label: string, result: (a: Sym, b: Sym) => Sym, place?: (value: number) => number): OperationCase[] =>
  [
    [
      [3, 4],
      [3, 4],
    ],
    [[3, 4], [4]],
    [
      [3, 1],
      [2, 1, 4],
    ],
    [[], [3, 4]],
  ].map((shapes) => ({
    label: `${label} of [${shapes[0]}] and [${shapes[1]}]`,
    covers: [label],
    shapes: shapes as Shape[],
    result: (a, b) => result(a as Sym, b as Sym),
    ...(place ? { place } : {}),
  }));
const convolution = (options: {
  size: readonly number[];
  kernel: number;
  stride: number;
  padding: number;
  groups?: number;
}): OperationCase[] => {
  const { size, kernel, stride, padding, groups = 1 } = options;
  const label = `${size} by ${kernel}/${stride}/${padding}${groups > 1 ? ` in ${groups} groups` : ''}`;
  const window = { stride, padding, groups };
  const cases: OperationCase[] = [
    {
      label: `conv2d of ${label}`,
      covers: ['conv2d', 'conv2dKernelGradient'],
      shapes: [
        [2, 3 * groups, ...size],
        [2 * groups, 3, kernel, kernel],
      ],
      result: (x, w) => conv2d(x as Sym, w as Sym, window),
    },
  ];
  if (size.every((length) => (length - 1) * stride + kernel > 2 * padding))
    cases.push({
      label: `conv2dTranspose of ${label}`,
      covers: ['conv2dTranspose', 'conv2dKernelGradient'],
      shapes: [
        [2, 3 * groups, ...size],
        [3 * groups, 2, kernel, kernel],
      ],
      result: (x, w) => conv2dTranspose(x as Sym, w as Sym, window),
    });
  return cases;
};

const CASES: readonly OperationCase[] = [
  ...binary('add', add),
  ...binary('sub', sub),
  ...binary('mul', mul),
  ...binary('div', div, awayFromZero),
  ...binary('where', (a, b) => where(greater(a, b), mul(a, a), b)),
  ...binary('where', maximum),
  ...binary('where', minimum),
  { ...(binary('greater', (a, b) => cast(greater(a, b)))[1] as OperationCase), differentiable: [] },
  {
    ...(binary('equal', (a, b) => cast(equal(greaterAsFloat(a), greaterAsFloat(b))))[1] as OperationCase),
    differentiable: [],
  },
  unary('neg', neg),
  unary('abs', abs, awayFromZero),
  unary('sqrt', sqrt, positive),
  unary('exp', exp),
  unary('log', log, positive),
  unary('tanh', tanh),
  unary('sigmoid', sigmoid),
  unary('softplus', softplus),
  unary('sin', sin),
  unary('cos', cos),
  unary('relu', relu, awayFromZero),
  unary('leakyRelu', (x) => leakyRelu(x, 0.2), awayFromZero),
  { ...unary('leakyRelu', (x) => leakyRelu(x, -0.5), awayFromZero), label: 'leakyRelu of negative slope' },
  { ...unary('mul', square), label: 'square' },
  {
    label: 'cast of uint8',
    covers: ['cast'],
    shapes: [[2, 5]],
    dtypes: ['uint8'],
    result: (x) => div(cast(x as Sym), 255),
  },
  {
    label: 'stopGradient',
    covers: ['stopGradient'],
    shapes: [[4], [4]],
    differentiable: [1],
    result: (x, y) => mul(stopGradient(mul(x as Sym, x as Sym)), y as Sym),
  },
  { label: 'reshape', covers: ['reshape'], shapes: [[2, 6]], result: (x) => reshape(x as Sym, [3, 1, 4]) },
  { label: 'transpose', covers: ['transpose'], shapes: [[2, 3, 4]], result: (x) => transpose(x as Sym, [2, 0, 1]) },
  { label: 'sum', covers: ['sum'], shapes: [[2, 3, 4]], result: (x) => sum(x as Sym, [0, 2]) },
  {
    label: 'sum, axes kept',
    covers: ['sum'],
    shapes: [[2, 3, 4]],
    result: (x) => sum(x as Sym, [1], { keepDims: true }),
  },
  { label: 'sum of everything', covers: ['sum'], shapes: [[2, 3]], result: (x) => sum(x as Sym, [0, 1]) },
  { label: 'mean', covers: ['sum'], shapes: [[2, 3, 4]], result: (x) => mean(x as Sym, [0, 2], { keepDims: true }) },
  { label: 'expand', covers: ['expand'], shapes: [[3, 1]], result: (x) => expand(x as Sym, [2, 3, 4]) },
  { label: 'slice', covers: ['slice'], shapes: [[3, 5]], result: (x) => slice(x as Sym, 1, 1, 3) },
  { label: 'pad', covers: ['pad'], shapes: [[3, 2, 2]], result: (x) => pad(x as Sym, 1, 2, 1) },
  {
    label: 'split',
    covers: ['slice', 'pad'],
    shapes: [[2, 6]],
    result: (x) => {
      const [a, b, c] = split(x as Sym, [1, 3, 2], 1);
      return concat([exp(c as Sym), a as Sym, square(b as Sym)], 1);
    },
  },
  {
    label: 'concat',
    covers: ['concat'],
    shapes: [
      [2, 1, 3],
      [2, 4, 3],
      [2, 2, 3],
    ],
    result: (...parts) => concat(parts, 1),
  },
  { label: 'flip', covers: ['flip'], shapes: [[2, 4, 3]], result: (x) => flip(x as Sym, 1) },
  {
    label: 'table',
    covers: ['table'],
    shapes: [[2, 3]],
    result: (x) => mul(x as Sym, table(x as Sym, [0.5, -2, 1 / 3], [3])),
  },
  { label: 'max', covers: ['max'], shapes: [[3, 5]], result: (x) => max(x as Sym, [1]) },
  { label: 'max over two axes', covers: ['max'], shapes: [[2, 3, 4]], result: (x) => max(x as Sym, [0, 2]) },
  {
    label: 'logSumExp',
    covers: ['max', 'exp', 'log'],
    shapes: [[3, 5]],
    result: (x) => logSumExp(mul(x as Sym, 4), 1),
  },
  ...[false, true].flatMap((transposeA) =>
    [false, true].flatMap((transposeB): OperationCase[] =>
      [[], [2], [2, 2]].map((stack) => ({
        label: `matMul ${transposeA ? 'aᵀ' : 'a'}·${transposeB ? 'bᵀ' : 'b'} of stacks [${stack}]`,
        covers: ['matMul'],
        shapes: [
          [...stack, ...(transposeA ? [4, 3] : [3, 4])],
          [...stack, ...(transposeB ? [5, 4] : [4, 5])],
        ],
        result: (a, b) => matMul(a as Sym, b as Sym, { transposeA, transposeB }),
      })),
    ),
  ),
  ...[
    { size: [4, 4], kernel: 4, stride: 2, padding: 1 },
    { size: [5, 4], kernel: 4, stride: 2, padding: 1 },
    { size: [5, 6], kernel: 3, stride: 2, padding: 1 },
    { size: [6, 7], kernel: 3, stride: 2, padding: 0 },
    { size: [4, 5], kernel: 3, stride: 1, padding: 1 },
    { size: [4, 4], kernel: 4, stride: 1, padding: 0 },
    { size: [7, 6], kernel: 5, stride: 2, padding: 2 },
    { size: [5, 5], kernel: 5, stride: 1, padding: 2 },
    { size: [5, 4], kernel: 9, stride: 1, padding: 4 },
    { size: [6, 5], kernel: 9, stride: 2, padding: 4 },
    { size: [7, 8], kernel: 2, stride: 3, padding: 0 },
    { size: [5, 6], kernel: 1, stride: 2, padding: 0 },
    { size: [4, 4], kernel: 4, stride: 2, padding: 1, groups: 2 },
    { size: [5, 6], kernel: 3, stride: 2, padding: 1, groups: 3 },
    { size: [4, 5], kernel: 3, stride: 1, padding: 1, groups: 2 },
    { size: [6, 7], kernel: 3, stride: 2, padding: 0, groups: 2 },
  ].flatMap(convolution),
  // Operations composed of primitives, which networks use as if they were ones.
  { label: 'upsampleNearest', covers: [], shapes: [[2, 1, 2, 3]], result: (x) => upsampleNearest(x as Sym, 2) },
  { label: 'averagePool', covers: [], shapes: [[1, 2, 4, 6]], result: (x) => averagePool(x as Sym, 2) },
  {
    label: 'resizeBilinear',
    covers: ['table'],
    shapes: [[2, 1, 3, 4]],
    result: (x) => resizeBilinear(x as Sym, { height: 5, width: 3 }),
  },
  {
    label: 'filterImages up and down',
    covers: ['table'],
    shapes: [[1, 2, 3, 4]],
    result: (x) =>
      filterImages(filterImages(x as Sym, { taps: [0.25, 0.75, 0.75, 0.25], up: 2, before: 2, after: 1 }), {
        taps: [0.5, 0.3, 0.2],
        down: 2,
        before: 1,
        after: 0,
      }),
  },
  ...[1, 3].map(
    (rows): OperationCase => ({
      label: `readAlongWidth, ${rows} rows`,
      covers: ['table'],
      shapes: [
        [2, 2, 3, 4],
        [2, rows, 3],
      ],
      result: (x, places) => readAlongWidth(x as Sym, places as Sym),
    }),
  ),
  {
    label: 'adaptiveInstanceNorm',
    covers: [],
    shapes: [
      [2, 3, 2, 2],
      [2, 3],
      [2, 3],
    ],
    result: (x, scale, bias) =>
      adaptiveInstanceNorm(x as Sym, { scale: scale as Sym, bias: bias as Sym }, { epsilon: 0.1 }),
  },
  {
    label: 'secondMomentNorm',
    covers: [],
    shapes: [[3, 4]],
    result: (x) => secondMomentNorm(x as Sym, { epsilon: 1e-8 }),
  },
  ...[true, false].map(
    (demodulate): OperationCase => ({
      label: `modulatedConv2d${demodulate ? ', demodulated' : ''}`,
      covers: ['conv2d'],
      shapes: [
        [2, 3, 3, 3],
        [2, 3, 3, 3],
        [2, 3],
      ],
      result: (x, w, style) =>
        modulatedConv2d({ x: x as Sym, w: w as Sym, style: style as Sym }, { stride: 1, padding: 1, demodulate }),
    }),
  ),
  {
    label: 'gatherRows',
    covers: ['gatherRows'],
    shapes: [[2, 3]],
    dtypes: ['int32'],
    differentiable: [],
    result: (positions) => cast(gatherRows(held(positions as Sym, ROWS), positions as Sym)),
  },
  { label: 'l2Norm', covers: [], shapes: [[3, 4]], result: (x) => l2Norm(x as Sym, [1]), place: positive },
  { label: 'clamp', covers: [], shapes: [[3, 4]], result: (x) => clamp(x as Sym, -0.77, 0.91) },
  {
    label: 'sign, largestMask and oneHot',
    covers: ['table'],
    shapes: [[3, 4]],
    differentiable: [],
    result: (x) =>
      add(mul(sign(x as Sym), largestMask(x as Sym, 1)), oneHot(add(sum(cast(greater(x as Sym, 0.2)), [1]), 1), 4)),
  },
];

/** Seven rows of 2×2 bytes. */
const ROWS: HeldRows = {
  content: 'rows',
  shape: [7, 2, 2],
  read: () => Uint8Array.from({ length: 28 }, (_, i) => (i * 83 + 7) % 256),
};

function greaterAsFloat(x: Sym): Sym {
  return cast(greater(x, 0));
}

/** Reproducible values in (−1.5, 1.5), no two close to each other or to zero by accident of rounding. */
function valuesFor(shape: Shape, salt: number): Float64Array {
  return Float64Array.from({ length: sizeOf(shape) }, (_, i) => {
    const fraction = ((i + 1) * 0.754877666 + salt * 0.569840291) % 1;
    return Math.round((fraction * 3 - 1.5) * 4096) / 4096;
  });
}

function operandValues(operation: OperationCase): Map<string, Float64Array> {
  const operands = operation.shapes.map((shape, i): [string, Float64Array] => [
    `x${i}`,
    operation.dtypes?.[i] === 'uint8'
      ? Float64Array.from({ length: sizeOf(shape) }, (_, n) => (n * 83 + 7) % 256)
      : operation.dtypes?.[i] === 'int32'
        ? Float64Array.from({ length: sizeOf(shape) }, (_, n) => (n * 5 + 3) % 7)
        : valuesFor(shape, i + 1).map((value) => operation.place?.(value) ?? value),
  ]);
  return new Map([...operands, ['weights', WEIGHTS]]);
}

function targetsOf(operation: OperationCase): readonly number[] {
  return operation.differentiable ?? operation.shapes.flatMap((_, i) => (operation.dtypes?.[i] === 'uint8' ? [] : [i]));
}

const WEIGHTS = valuesFor([2000], 9).map((value) => 0.5 + Math.abs(value));

/** Weights every element of a tensor differently, so that no error in a gradient cancels. */
function weighted(x: Sym, weights: Sym): Sym {
  const axes = x.shape.map((_, axis) => axis);
  return sum(mul(x, reshape(slice(weights, 0, 0, sizeOf(x.shape)), x.shape)), axes);
}

/** Outputs: the result, the weighted sum, its gradients, and (second order) gradients of the gradients' weighted sum. */
function programOf(operation: OperationCase): Program {
  return traceProgram((tracer) => {
    const operands = operation.shapes.map((shape, i) =>
      tracer.input(`x${i}`, shape, { dtype: operation.dtypes?.[i] ?? 'float32' }),
    );
    const weights = tracer.input('weights', [WEIGHTS.length]);
    const targets = targetsOf(operation).map((i) => operands[i] as Sym);
    const result = operation.result(...operands);
    // The cube makes the first gradient depend on every operand, so that the second order has something to find.
    const loss = weighted(mul(mul(result, result), result), weights);
    const first = gradients(loss, targets);
    const slopes = first.map((gradient) => weighted(square(gradient), weights));
    const total = slopes.length > 0 ? slopes.reduce((a, b) => add(a, b)) : mul(loss, 0);
    const second = targets.length > 0 ? gradients(total, targets) : [];
    return {
      outputs: {
        result,
        loss,
        total,
        ...Object.fromEntries(first.map((gradient, i) => [`first${i}`, gradient])),
        ...Object.fromEntries(second.map((gradient, i) => [`second${i}`, gradient])),
      },
    };
  });
}

function evaluate(program: Program, inputs: ReadonlyMap<string, Float64Array>): Map<string, Float64Array> {
  const values = evaluateProgram(program, { state: new Map(), inputs });
  return new Map(program.outputs.map(({ name, symbol }) => [name, values.get(symbol)?.data ?? new Float64Array()]));
}

/** Central differences in float64 of the two scalar outputs by some elements of one operand. */
function centralDifferences(
  program: Program,
  at: { readonly inputs: ReadonlyMap<string, Float64Array>; readonly by: string; readonly elements: readonly number[] },
): { readonly loss: number[]; readonly total: number[] } {
  const step = 1e-5;
  const base = at.inputs.get(at.by) ?? new Float64Array();
  const slopes = at.elements.map((i) => {
    const [above, below] = [step, -step].map((shift) => {
      const moved = base.slice();
      moved[i] = (moved[i] ?? 0) + shift;
      return evaluate(program, new Map([...at.inputs, [at.by, moved]]));
    });
    const slope = (output: string): number =>
      ((above?.get(output)?.[0] ?? Number.NaN) - (below?.get(output)?.[0] ?? Number.NaN)) / (2 * step);
    return { loss: slope('loss'), total: slope('total') };
  });
  return { loss: slopes.map(({ loss }) => loss), total: slopes.map(({ total }) => total) };
}

/** At most 12 elements, spread over the tensor. */
function someElements(count: number): readonly number[] {
  const stride = Math.max(1, count / 12);
  return Array.from({ length: Math.min(count, 12) }, (_, i) => Math.floor(i * stride));
}

/** Values as an input of a type is given them. */
function arrayOf(values: Float64Array, dtype: DType = 'float32'): InputArray {
  if (dtype === 'int32') return Int32Array.from(values);
  return dtype === 'uint8' ? Uint8Array.from(values) : Float32Array.from(values);
}

/** Largest difference, relative to the largest element. */
function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let largest = 0;
  let scale = 1e-3;
  for (let i = 0; i < expected.length; i += 1) {
    const difference = Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN));
    if (Number.isNaN(difference)) return Number.POSITIVE_INFINITY;
    largest = Math.max(largest, difference);
    scale = Math.max(scale, Math.abs(expected[i] ?? 0));
  }
  return largest / scale;
}

/** Primitives of networks of images, which WebAssembly leaves to others. */
const NOT_DENSE: readonly string[] = ['gatherRows', 'conv2d', 'conv2dTranspose', 'conv2dKernelGradient'];
const isDense = ({ covers }: OperationCase): boolean => !covers.some((name) => NOT_DENSE.includes(name));
const TENSORFLOW_HERE = inject('tensorflow');
if (TENSORFLOW_HERE === null)
  it.skip('TensorFlow was not run: it is not installed here (npm run gansweep -- backend install tensorflow)', () => {});
const TENSORFLOW = TENSORFLOW_HERE === null ? [] : [() => tensorflowExecutor(TENSORFLOW_HERE)];
/** Executors that are checked against the reference, and the cases that they run. */
const NATIVE: readonly {
  readonly name: string;
  readonly create: () => Promise<Executor>;
  readonly runs: (operation: OperationCase) => boolean;
}[] = [
  { name: 'ONNX Runtime', create: () => onnxExecutor(), runs: () => true },
  { name: 'WebAssembly', create: async () => wasmExecutor({ fused: false }), runs: isDense },
  {
    name: 'fused WebAssembly',
    create: async () => wasmExecutor({ fused: true }),
    runs: isDense,
  },
  ...TENSORFLOW.map((create) => ({ name: 'TensorFlow', create, runs: () => true })),
];

describe('every primitive', () => {
  it('is covered by a case of this file', () => {
    const covered = new Set(CASES.flatMap(({ covers }) => covers));
    expect(PRIMITIVES.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([]);
  });

  it.each(
    CASES.filter((operation) => targetsOf(operation).length > 0).map((operation) => [operation.label, operation]),
  )('%s: first and second gradients equal central differences in float64', (_, operation) => {
    const program = programOf(operation);
    const inputs = operandValues(operation);
    const values = evaluate(program, inputs);
    targetsOf(operation).forEach((target, i) => {
      const by = `x${target}`;
      const elements = someElements(inputs.get(by)?.length ?? 0);
      const differences = centralDifferences(program, { inputs, by, elements });
      const gradientAt = (name: string): number[] => elements.map((n) => values.get(name)?.[n] ?? Number.NaN);
      expect(distance(gradientAt(`first${i}`), differences.loss), `first order by ${by}`).toBeLessThan(1e-7);
      expect(distance(gradientAt(`second${i}`), differences.total), `second order by ${by}`).toBeLessThan(1e-6);
    });
  });

  it.each(
    CASES.flatMap((operation) =>
      NATIVE.filter(({ runs }) => runs(operation)).map(({ name, create }) => [
        operation.label,
        name,
        operation,
        create,
      ]),
    ) as [string, string, OperationCase, () => Promise<Executor>][],
  )('%s: %s agrees with the reference in value and gradients', async (_, __, operation, create) => {
    const program = programOf(operation);
    const inputs = Object.fromEntries(
      [...operandValues(operation)].map(([name, values], i) => [
        name,
        name === 'weights' ? Float32Array.from(values) : arrayOf(values, operation.dtypes?.[i]),
      ]),
    );
    await using native = await (await create()).load(program);
    await using oracle = await referenceExecutor().load(program);
    const [actual, expected] = [await native.run(inputs, 1), await oracle.run(inputs, 1)];
    // Not the two sums: they cancel, so their relative error says nothing.
    for (const { name } of program.outputs.filter(({ name }) => name !== 'loss' && name !== 'total'))
      expect(distance(actual[name] ?? [], expected[name] ?? []), name).toBeLessThan(5e-6);
  });
});

describe('the lane rule of every primitive', () => {
  const LANES = 3;
  /** Operands of each lane, no two lanes alike. */
  const laneInputs = (operation: OperationCase, lane: number): Record<string, InputArray> =>
    Object.fromEntries(
      [...operandValues(operation)].map(([name, values], i) => {
        const own = name === 'weights' ? values : values.map((value) => value * (1 - lane / 8));
        return [name, name === 'weights' ? Float32Array.from(own) : arrayOf(own, operation.dtypes?.[i])];
      }),
    );
  const stacked = (lanes: readonly Record<string, InputArray>[]) =>
    Object.fromEntries(
      Object.entries(lanes[0] ?? {}).map(([name, first]) => {
        const values = lanes.flatMap((lane) => [...(lane[name] ?? [])]);
        return [name, (first.constructor as typeof Int32Array).from(values)];
      }),
    );

  it.each(CASES.map((operation) => [operation.label, operation] as const))(
    '%s: every lane has the values and gradients that it has alone, exactly by the reference, closely by the others',
    async (_, operation) => {
      const program = programOf(operation);
      const fused = programOfLanes(program, LANES);
      const inputs = Array.from({ length: LANES }, (_, lane) => laneInputs(operation, lane));
      const alone = [];
      for (const given of inputs) {
        await using solo = await referenceExecutor().load(program);
        alone.push(await solo.run(given, 1));
      }
      await using oracle = await referenceExecutor().load(fused);
      const together = await oracle.run(stacked(inputs), 1);
      for (const { name } of program.outputs)
        expect(together[name], name).toEqual(Float32Array.from(alone.flatMap((lane) => [...(lane[name] ?? [])])));
      for (const { create } of NATIVE.filter(({ runs }) => runs(operation))) {
        await using native = await (await create()).load(fused);
        const found = await native.run(stacked(inputs), 1);
        for (const { name } of program.outputs.filter(({ name }) => name !== 'loss' && name !== 'total'))
          expect(distance(found[name] ?? [], together[name] ?? []), name).toBeLessThan(5e-6);
      }
    },
  );
});

describe('layers of training size', () => {
  it.each([
    ['ONNX Runtime', () => onnxExecutor()] as const,
    ...TENSORFLOW.map((create) => ['TensorFlow', create] as const),
  ])('%s, which has other kernels for larger shapes, agrees with the reference', async (_, create) => {
    const program = traceProgram((tracer) => {
      const [x, down, up] = [
        tracer.input('x', [8, 16, 16, 16]),
        tracer.input('down', [32, 16, 4, 4]),
        tracer.input('up', [32, 16, 4, 4]),
      ];
      const small = conv2d(x, down, { stride: 2, padding: 1 });
      const large = conv2dTranspose(leakyRelu(small, 0.2), up, { stride: 2, padding: 1 });
      const loss = mean(square(large), [0, 1, 2, 3]);
      const [gx, gDown, gUp] = gradients(loss, [x, down, up]) as [Sym, Sym, Sym];
      return { outputs: { small, large, gx, gDown, gUp } };
    });
    const inputs = Object.fromEntries(
      program.inputs.map(({ name, shape }, i) => [name, Float32Array.from(valuesFor(shape, i + 1))]),
    );
    await using native = await (await create()).load(program);
    await using oracle = await referenceExecutor().load(program);
    const [actual, expected] = [await native.run(inputs, 1), await oracle.run(inputs, 1)];
    for (const { name } of program.outputs)
      expect(distance(actual[name] ?? [], expected[name] ?? []), name).toBeLessThan(1e-5);
  });
});

describe('numbers at the edges', () => {
  async function both(operation: (x: Sym) => Sym, values: readonly number[]): Promise<(readonly number[])[]> {
    const program = traceProgram((tracer) => {
      const y = operation(tracer.input('x', [values.length]));
      return { outputs: { y: y.dtype === 'float32' ? y : cast(y) } };
    });
    const tensorflow = await Promise.all(TENSORFLOW.map((create) => create()));
    const executors = [await onnxExecutor(), referenceExecutor(), wasmExecutor(), ...tensorflow];
    return Promise.all(
      executors.map(async (executor) => {
        await using loaded = await executor.load(program);
        return [...((await loaded.run({ x: Float32Array.from(values) }, 1)).y ?? [])];
      }),
    );
  }
  const INFINITE = Number.POSITIVE_INFINITY;

  it.each([
    [[1, -2, 3e38], 1],
    [[1, Number.NaN, 2], 0],
    [[INFINITE, 0], 0],
    [[-INFINITE, INFINITE], 0],
  ])('isFiniteAll(%j) is %d', async (values, expected) => {
    for (const found of await both(isFiniteAll, values)) expect(found).toEqual([expected]);
  });

  it('softplus and sigmoid neither overflow nor lose their tails at ±1000', async () => {
    for (const values of await both(softplus, [-1000, 1000])) expect(values).toEqual([0, 1000]);
    for (const values of await both(sigmoid, [-1000, 1000])) expect(values).toEqual([0, 1]);
  });

  it('logSumExp of elements at ±1000 is finite', async () => {
    for (const values of await both((x) => logSumExp(x, 0), [1000, 1000, -1000]))
      expect(values[0]).toBeCloseTo(1000 + Math.log(2), 3);
  });

  it.each([
    ['relu', relu],
    ['leakyRelu', (x: Sym) => leakyRelu(x, 0.2)],
    ['tanh', tanh],
    ['softplus', softplus],
    ['sigmoid', sigmoid],
  ])('%s passes NaN on, so that a divergence cannot hide', async (_, operation) => {
    for (const values of await both(operation, [Number.NaN])) expect(values).toEqual([Number.NaN]);
  });

  it('ties of max share the gradient evenly', async () => {
    const tied = (x: Sym): Sym => gradients(sum(max(x, [0]), [0]), [x])[0] as Sym;
    for (const values of await both(tied, [2, 1, 2])) expect(values).toEqual([0.5, 0, 0.5]);
  });
});

describe('operands that do not fit are refused when tracing, with primitive and shapes named', () => {
  const mistakes: readonly (readonly [string, (x: Sym, bytes: Sym) => Sym, RegExp])[] = [
    ['a broadcast', (x) => add(x, reshape(x, [4, 3])), /add\(\[3,4\], \[4,3\]\).*do not broadcast/],
    ['a product of matrices', (x) => matMul(x, x), /matMul\(\[3,4\], \[3,4\]\).*inner lengths 4 and 3/],
    ['stacks of matrices', (x) => matMul(x, reshape(x, [1, 3, 4])), /matMul.*stacks/],
    ['bytes in arithmetic', (_, bytes) => add(bytes, 1), /add.*wants float32, not uint8; cast it/],
    ['bytes in a sum', (_, bytes) => sum(bytes, [0]), /sum.*wants float32, not uint8/],
    ['a mask of floats', (x) => where(x, x, x), /where.*bool mask, not float32/],
    ['a reshape', (x) => reshape(x, [5, 2]), /reshape\(\[3,4\]\).*cannot become \[5,2\]/],
    ['a negative length', (x) => reshape(x, [-3, -4]), /reshape.*no shape/],
    ['a transposition', (x) => transpose(x, [0, 2]), /transpose.*no axes \[0,2\]/],
    ['an axis', (x) => sum(x, [2]), /sum.*no axes \[2\]/],
    ['an axis twice', (x) => mean(x, [1, 1]), /no axes \[1,1\]/],
    ['a slice', (x) => slice(x, 1, 2, 3), /slice.*no elements 2…4 on axis 1/],
    ['a split', (x) => split(x, [1, 2], 1)[0] as Sym, /split.*sum to 3 on axis 1/],
    ['a concatenation', (x) => concat([x, reshape(x, [4, 3])], 0), /concat.*differ off axis 0/],
    ['an expansion', (x) => expand(x, [3, 8]), /expand.*do not broadcast/],
    [
      'a kernel',
      (x) => conv2d(reshape(x, [1, 3, 2, 2]), reshape(x, [1, 12, 1, 1]), { stride: 1, padding: 0 }),
      /conv2d.*\[out, 3, k, k\]/,
    ],
    [
      'a large kernel',
      (x) => conv2d(reshape(x, [1, 3, 2, 2]), reshape(x, [1, 3, 2, 2]), { stride: 1, padding: -1 }),
      /conv2d.*padding -1/,
    ],
    [
      'a stride',
      (x) => conv2d(reshape(x, [1, 3, 2, 2]), reshape(x, [1, 3, 2, 2]), { stride: 0, padding: 0 }),
      /stride 0/,
    ],
    [
      'groups',
      (x) => conv2d(reshape(x, [1, 3, 2, 2]), reshape(x, [4, 3, 1, 1]), { stride: 1, padding: 0, groups: 2 }),
      /conv2d.*2 groups do not divide 4 and 3 channels/,
    ],
    ['rows of a tensor', (x) => gatherRows(x, x), /gatherRows\(.*rows that the program holds/],
    ['positions of floats', (x) => gatherRows(held(x, ROWS), x), /gatherRows.*int32, not float32/],
    ['a single row', (x) => held(x, { ...ROWS, shape: [28] }), /held\(\[28\]\).*an axis of their own/],
    ['a table', (x) => table(x, [1, 2, 3], [2, 2]), /table.*3 values do not fill \[2,2\]/],
    ['images without axes', (x) => conv2d(x, x, { stride: 1, padding: 0 }), /conv2d.*four axes/],
  ];
  it.each(mistakes)('%s', (_, mistake, message) => {
    const trace = () =>
      traceProgram((tracer) => ({
        outputs: { y: mistake(tracer.input('x', [3, 4]), tracer.input('bytes', [3], { dtype: 'uint8' })) },
      }));
    expect(trace).toThrow(ShapeError);
    expect(trace).toThrow(message);
  });
});
