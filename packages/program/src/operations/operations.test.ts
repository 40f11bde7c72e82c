import { describe, expect, it } from 'vitest';
import { evaluateProgram } from '../executors/reference/reference-executor.ts';
import { reshape } from '../primitives/layout.ts';
import type { Shape } from '../shape.ts';
import type { Sym } from '../symbolic.ts';
import { traceProgram } from '../trace.ts';
import { modulatedConv2d } from './modulation.ts';
import { instanceNorm, secondMomentNorm } from './normalisation.ts';
import { averagePool, filterImages, readAlongWidth, resizeBilinear, upsampleNearest } from './resampling.ts';
import { clamp, finiteWithin, largestMask, oneHot, sign } from './selecting.ts';
import { moments } from './statistics.ts';

/** The values of a result over operands, and its shape. */
function resultOf(
  operands: readonly (readonly [Shape, readonly number[]])[],
  result: (...operands: Sym[]) => Sym,
): { readonly shape: Shape; readonly values: number[] } {
  const program = traceProgram((t) => ({
    outputs: { y: result(...operands.map(([shape], i) => t.input(`x${i}`, shape))) },
  }));
  const inputs = new Map(operands.map(([, values], i) => [`x${i}`, Float64Array.from(values)]));
  const symbol = program.outputs[0]?.symbol as Sym;
  const { shape, data } = evaluateProgram(program, { state: new Map(), inputs }).get(symbol) ?? { shape: [], data: [] };
  return { shape, values: [...data] };
}
const line = (values: readonly number[]): readonly [Shape, readonly number[]] => [[1, 1, 1, values.length], values];
const closeTo = (found: readonly number[], expected: readonly number[]): void => {
  expect(found).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 6);
};

describe('resampling', () => {
  it('repeats pixels, and takes means of them back', () => {
    const x: readonly [Shape, readonly number[]] = [
      [1, 1, 1, 2],
      [3, 5],
    ];
    expect(resultOf([x], (image) => upsampleNearest(image as Sym, 2))).toEqual({
      shape: [1, 1, 2, 4],
      values: [3, 3, 5, 5, 3, 3, 5, 5],
    });
    expect(resultOf([x], (image) => averagePool(upsampleNearest(image as Sym, 3), 3)).values).toEqual([3, 5]);
  });

  it('interpolates with the middles of pixels as their places, as other libraries do without aligned corners', () => {
    closeTo(resultOf([line([0, 8])], (x) => resizeBilinear(x as Sym, { height: 1, width: 4 })).values, [0, 2, 6, 8]);
    closeTo(
      resultOf([line([0, 1, 2, 3])], (x) => resizeBilinear(x as Sym, { height: 1, width: 2 })).values,
      [0.5, 2.5],
    );
  });

  it('filters by convolution at the raised rate: one pixel shows the taps in their order', () => {
    const filter = { taps: [1, 2, 3], up: 2, before: 2, after: 2 };
    // Columns of a single row: the middle row of the filtered image carries the middle tap.
    const { shape, values } = resultOf([line([1, 0])], (x) => filterImages(x as Sym, filter));
    expect(shape).toEqual([1, 1, 4, 6]);
    closeTo(values.slice(0, 6), [1, 2, 3, 0, 0, 0]);
    closeTo(values.slice(6, 12), [2, 4, 6, 0, 0, 0]);
    closeTo(
      resultOf([line([1, 2, 3, 4])], (x) => filterImages(x as Sym, { taps: [1], down: 2, before: 0, after: 0 })).values,
      [1, 3],
    );
  });

  it('keeps a constant image constant where taps sum to the rate', () => {
    const x: readonly [Shape, readonly number[]] = [[1, 1, 6, 6], new Array(36).fill(2)];
    const { shape, values } = resultOf([x], (image) =>
      filterImages(image as Sym, { taps: [0.25, 0.75, 0.75, 0.25], up: 2, before: 2, after: 1 }),
    );
    expect(shape).toEqual([1, 1, 12, 12]);
    // Away from the borders, where zeros come in.
    closeTo(values.slice(5 * 12 + 3, 5 * 12 + 9), new Array(6).fill(2));
  });

  it('reads between pixels, and zeros outside', () => {
    const places: readonly [Shape, readonly number[]] = [
      [1, 1, 4],
      [-1, -0.5, 0.25, 1.5],
    ];
    closeTo(resultOf([line([4, 8]), places], (x, at) => readAlongWidth(x as Sym, at as Sym)).values, [0, 2, 5, 4]);
  });

  it('refuses sides that do not divide, and filters longer than the image', () => {
    expect(() => resultOf([line([1, 2, 3])], (x) => averagePool(x as Sym, 2))).toThrow(/2 does not divide its sides/);
    expect(() => resultOf([line([1])], (x) => filterImages(x as Sym, { taps: [1, 1], before: 0, after: 0 }))).toThrow(
      /2 taps are more than the 1 padded pixels/,
    );
    expect(() =>
      resultOf(
        [
          line([1]),
          [
            [2, 1, 1],
            [0, 0],
          ],
        ],
        (x, at) => readAlongWidth(x as Sym, at as Sym),
      ),
    ).toThrow(/places are \[1, 1 or 1, width\]/);
  });
});

describe('normalisation', () => {
  it('has the mean and biased variance that moments say', () => {
    const x: readonly [Shape, readonly number[]] = [[4], [1, 2, 3, 6]];
    expect(resultOf([x], (v) => moments(v as Sym, [0]).mean).values).toEqual([3]);
    expect(resultOf([x], (v) => moments(v as Sym, [0]).variance).values).toEqual([3.5]);
    expect(resultOf([x], (v) => moments(v as Sym, [0]).centred).values).toEqual([-2, -1, 0, 3]);
  });

  it('of an instance looks at one map of one image alone', () => {
    const x: readonly [Shape, readonly number[]] = [
      [1, 2, 1, 2],
      [1, 3, 10, 30],
    ];
    closeTo(resultOf([x], (image) => instanceNorm(image as Sym, { epsilon: 3 })).values, [
      -1 / 2,
      1 / 2,
      -10 / Math.sqrt(103),
      10 / Math.sqrt(103),
    ]);
  });

  it('by the second moment gives rows a mean square of 1', () => {
    closeTo(
      resultOf(
        [
          [
            [1, 2],
            [3, 4],
          ],
        ],
        (x) => secondMomentNorm(x as Sym, { epsilon: 0 }),
      ).values,
      [3 / Math.sqrt(12.5), 4 / Math.sqrt(12.5)],
    );
  });
});

it('a demodulated convolution has unit kernels whatever the style, in the first form of the paper', () => {
  const [w, style] = [
    [1, -2, 0.5, 3],
    [2, -1],
  ];
  // Two outputs of two inputs, 1×1 kernels: w′ = style · w, then w′ / √Σ w′².
  const scaled = [
    [2, 2],
    [1, -3],
  ].map(([a, b]) => [
    (a as number) / Math.hypot(a as number, b as number),
    (b as number) / Math.hypot(a as number, b as number),
  ]);
  const x = [5, 7];
  closeTo(
    resultOf(
      [
        [[1, 2, 1, 1], x],
        [[2, 2, 1, 1], w],
        [[1, 2], style],
      ],
      (image, kernel, s) =>
        reshape(
          modulatedConv2d(
            { x: image as Sym, w: kernel as Sym, style: s as Sym },
            { stride: 1, padding: 0, demodulate: true },
          ),
          [2],
        ),
    ).values,
    scaled.map(([a, b]) => (a as number) * 5 + (b as number) * 7),
  );
});

describe('selecting', () => {
  it('clamps, and takes signs', () => {
    expect(resultOf([[[3], [-2, 0, 9]]], (x) => clamp(x as Sym, -1, 4)).values).toEqual([-1, 0, 4]);
    expect(resultOf([[[3], [-2, 0, 9]]], (x) => sign(x as Sym)).values).toEqual([-1, 0, 1]);
  });

  it('writes classes as rows of one 1, and what is no class as zeros', () => {
    expect(resultOf([[[3], [2, 0, 5]]], (x) => oneHot(x as Sym, 3)).values).toEqual([0, 0, 1, 1, 0, 0, 0, 0, 0]);
  });

  it('marks every largest element', () => {
    expect(
      resultOf(
        [
          [
            [2, 3],
            [1, 4, 4, 0, -1, -2],
          ],
        ],
        (x) => largestMask(x as Sym, 1),
      ).values,
    ).toEqual([0, 1, 1, 1, 0, 0]);
  });

  it('makes bad gradients finite', () => {
    const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2, -1e9];
    expect(resultOf([[[5], bad]], (x) => finiteWithin(x as Sym, 1e5)).values).toEqual([0, 1e5, -1e5, 2, -1e5]);
  });
});
