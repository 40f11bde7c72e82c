import { gradients, mul, referenceExecutor, type Sym, sum, traceProgram } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import { evaluateExpression } from '../../test/evaluate-expression.ts';
import { pointsAlong, slopeErrors } from '../../test/finite-differences.ts';
import { smallImages, smallStyle, stripes, tell } from '../../test/small-runs.ts';
import { scalarsOf } from '../scalars.ts';
import { augmented } from './augment.ts';
import {
  AUGMENTATIONS,
  type AugmentationName,
  columnsOf,
  type Pipe,
  UNIFORMS_PER_IMAGE,
  writeRow,
} from './augmentations.ts';
import { adapted } from './probability.ts';

const NEVER = 1;
const ALWAYS = 0;

/** A row in which only some augmentations happen, with such values. */
function rowOf(pipe: Pipe, happening: Partial<Record<AugmentationName, readonly number[]>>): number[] {
  return [...columnsOf(pipe).at.keys()].flatMap((name) => {
    const values = happening[name];
    return [values ? ALWAYS : NEVER, ...(values ?? AUGMENTATIONS[name].neutral.map(() => 0.37))];
  });
}

/** Images `[1, channels, side, side]` after augmentations that happen for sure. */
function after(
  image: readonly number[],
  happening: Partial<Record<AugmentationName, readonly number[]>>,
  { pipe = 'bgc', side = 3, channels = 1 }: { pipe?: Pipe; side?: number; channels?: number } = {},
): number[] {
  const row = rowOf(pipe, happening);
  const { result } = evaluateExpression(
    {
      images: { shape: [1, channels, side, side], data: image },
      rows: { shape: [1, row.length], data: row },
      probability: { shape: [], data: [0.5] },
    },
    ({ images, ...given }) => ({ result: augmented(images, { ...given, pipe, middle: 0, half: 1 }) }),
  );
  return result;
}

const closeTo = (found: readonly number[], expected: readonly number[]): void => {
  expect(found).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 6);
};

const SQUARE = [1, 2, 3, 4, 5, 6, 7, 8, 9];

describe.each(['blit', 'bg', 'bgc'] as const)('the pipe %s', (pipe) => {
  it.each<[string, Partial<Record<AugmentationName, readonly number[]>>, readonly number[]]>([
    ['leaves an image alone to which nothing happens', {}, SQUARE],
    ['flips it left to right', { flip: [-1] }, [3, 2, 1, 6, 5, 4, 9, 8, 7]],
    ['turns it by a quarter', { quarter: [0, 1] }, [3, 6, 9, 2, 5, 8, 1, 4, 7]],
    ['turns it by a half', { quarter: [-1, 0] }, [9, 8, 7, 6, 5, 4, 3, 2, 1]],
    ['turns it by three quarters', { quarter: [0, -1] }, [7, 4, 1, 8, 5, 2, 9, 6, 3]],
    ['shifts it, mirrored at the border', { shift: [1, 0] }, [2, 3, 2, 5, 6, 5, 8, 9, 8]],
    ['shifts it down and up', { shift: [0, -1] }, [4, 5, 6, 1, 2, 3, 4, 5, 6]],
    [
      'flips, turns and shifts in this order',
      { flip: [-1], quarter: [0, 1], shift: [0, 1] },
      [2, 5, 8, 3, 6, 9, 2, 5, 8],
    ],
  ])('%s, exactly', (_, happening, expected) => {
    expect(after(SQUARE, happening, { pipe })).toEqual(expected);
  });
});

describe('geometry', () => {
  it('turns by any angle in two passes: a quarter is a quarter, two turns add up', () => {
    closeTo(after(SQUARE, { turn: [0, 1] }), [3, 6, 9, 2, 5, 8, 1, 4, 7]);
    const [c, s] = [Math.cos(0.6), Math.sin(0.6)];
    const [rest, ofRest] = [Math.cos(Math.PI - 0.6), Math.sin(Math.PI - 0.6)];
    closeTo(after(SQUARE, { turn: [c, s], turnAgain: [rest, ofRest] }), [9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  it('of a linear image is that of its places', () => {
    // Brightness 10·x + y about the middle; the middle pixels stay inside whatever happens.
    const side = 9;
    const plane = (f: (x: number, y: number) => number): number[] =>
      Array.from({ length: side * side }, (_, i) => f((i % side) - 4, Math.floor(i / side) - 4));
    const [c, s] = [Math.cos(2), Math.sin(2)];
    const found = after(
      plane((x, y) => 10 * x + y),
      { scale: [0.8], turn: [c, s], stretch: [1.1], drift: [0.3, -0.4] },
      { side },
    );
    const expected = plane((u, v) => {
      const [x, y] = [1.1 * (u + 0.3), (v - 0.4) / 1.1];
      const [right, down] = [0.8 * (x * c - y * s), 0.8 * (x * s + y * c)];
      return 10 * right + down;
    });
    for (const i of [30, 31, 32, 39, 40, 41, 48, 49, 50]) expect(found[i]).toBeCloseTo(expected[i] as number, 5);
  });
});

describe('colour', () => {
  it('of grey images: brightness, then contrast, then lightness turned over', () => {
    closeTo(after([0.5], { brightness: [0.1], contrast: [2], lightness: [-1] }, { side: 1 }), [-1.2]);
    closeTo(after([0.5], { hue: [0, 1], saturation: [3] }, { side: 1 }), [0.5]);
  });

  it('of pixels of three channels is the rotation, the scaling and the mirror of the colour space', () => {
    const rgb = { side: 1, channels: 3 };
    // A third of a turn moves red to green.
    const third = [Math.cos((2 * Math.PI) / 3), Math.sin((2 * Math.PI) / 3)];
    closeTo(after([0.9, 0.2, 0.1], { hue: third }, rgb), [0.1, 0.9, 0.2]);
    closeTo(after([0.9, 0.2, 0.1], { saturation: [0] }, rgb), [0.4, 0.4, 0.4]);
    closeTo(after([0.9, 0.2, 0.1], { lightness: [-1] }, rgb), [0.1, -0.6, -0.7]);
    closeTo(after([0.9, 0.2, 0.1], { brightness: [0.1], contrast: [0.5] }, rgb), [0.5, 0.15, 0.1]);
  });
});

describe('draws', () => {
  const COUNT = 20_000;
  const { at, length } = columnsOf('bgc');
  const rows = new Float32Array(COUNT * length);
  const uniforms = new Float64Array(UNIFORMS_PER_IMAGE);
  for (let i = 0; i < COUNT; i++) {
    uniforms.forEach((_, k) => {
      uniforms[k] =
        ((i + 0.5) * Math.sqrt([2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41][k % 13] as number) + k / 29) % 1;
    });
    writeRow(uniforms, rows.subarray(i * length, (i + 1) * length), { pipe: 'bgc', side: 64 });
  }
  const column = (name: AugmentationName, value: number): number[] =>
    Array.from({ length: COUNT }, (_, i) => rows[i * length + (at.get(name) as number) + value] as number);
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = (values: readonly number[]): number =>
    Math.sqrt(mean(values.map((x) => x * x)) - mean(values) ** 2);

  it('have the laws of the paper', () => {
    expect(deviation(column('scale', 1).map(Math.log2))).toBeCloseTo(0.2, 2);
    expect(deviation(column('contrast', 1).map(Math.log2))).toBeCloseTo(0.5, 2);
    expect(deviation(column('saturation', 1).map(Math.log2))).toBeCloseTo(1, 1);
    expect(deviation(column('brightness', 1))).toBeCloseTo(0.2, 2);
    expect(deviation(column('drift', 2))).toBeCloseTo(8, 1);
    expect(Math.max(...column('shift', 1))).toBe(8);
    expect(Math.min(...column('shift', 2))).toBe(-8);
    expect(mean(column('flip', 1))).toBeCloseTo(0, 1);
    expect(mean(column('quarter', 1))).toBeCloseTo(0, 1);
  });

  it('happen with probability p, and turns so that one of the two does', () => {
    const share = (name: AugmentationName, p: number): number =>
      mean(column(name, 0).map((gate) => (p > gate ? 1 : 0)));
    expect(share('flip', 0.3)).toBeCloseTo(0.3, 2);
    expect(share('turn', 0.36)).toBeCloseTo(0.2, 2);
    expect(share('flip', 0)).toBe(0);
    expect([...at.keys()].map((name) => share(name, 1))).toEqual([...at.keys()].map(() => 1));
  });
});

it('gradients of augmented images are those of finite differences', () => {
  const row = [
    rowOf('bgc', { turn: [0.6, 0.8], stretch: [1.2], hue: [0.6, -0.8], contrast: [0.7] }),
    rowOf('bgc', { quarter: [0, 1], drift: [0.3, 0.6] }),
  ];
  const program = traceProgram((tracer) => {
    const images = tracer.input('images', [2, 3, 4, 4]);
    const result = augmented(images, {
      rows: tracer.input('rows', [2, row[0]?.length ?? 0]),
      probability: tracer.input('probability', []),
      pipe: 'bgc',
      middle: 0.5,
      half: 0.5,
    });
    const value = sum(mul(mul(result, result), tracer.input('weights', [2, 3, 4, 4])), [0, 1, 2, 3]);
    return { outputs: { value, slope: gradients(value, [images])[0] as Sym } };
  });
  const inputs = new Map([
    ...pointsAlong(program),
    ['rows', Float64Array.from(row.flat())],
    ['probability', Float64Array.of(0.5)],
  ]);
  const errors = slopeErrors(program, { inputs, by: 'images', count: 40 });
  expect(errors.largestSlope).toBeGreaterThan(0.1);
  expect(errors.largestError).toBeLessThan(1e-6);
});

it('reals, fakes, what G is judged by and what R1 looks at are all augmented', async () => {
  const told = async (adaP: number): Promise<(number | undefined)[]> => {
    const run = { reals: stripes({ side: 8 }), executor: referenceExecutor() };
    const { events } = await tell({ ...run, configuration: smallStyle({ images: 4, adaP, lrG: 0, lrD: 0 }) });
    const [values] = events.flatMap((event) => (event.kind === 'points' ? [event.values] : []));
    return [values?.dReal, values?.dFake, values?.lossG, values?.r1];
  };
  const [plain, changed] = [await told(0), await told(1)];
  for (const [i, value] of plain.entries()) expect(changed[i]).not.toBeCloseTo(value as number, 6);
});

describe('the probability that adapts', () => {
  it('moves by batch · 4 / 500,000: .000256 for 32 images', () => {
    const scalars = scalarsOf(smallImages({ batch: 32, adaTarget: 0.6, adaKimg: 500 }));
    expect(scalars).toMatchObject({ adaTarget: 0.6, adaStep: 0.000256 });
    expect(scalarsOf(smallImages({ adaP: 0.3 }))).toMatchObject({ adaP: 0.3 });
    expect(scalarsOf(smallImages())).not.toHaveProperty('adaP');
  });

  it.each<[string, readonly number[], readonly number[], readonly number[]]>([
    ['waits for four batches', [0.1, 0.5, 1], [1, 1, -1, 1], [0.1, 1, 2]],
    ['rises where D is surer than the target', [0.1, 2.5, 3], [1, 1, -1, 1], [0.11, 0, 0]],
    ['falls where D is less sure', [0.1, 1.5, 3], [1, 1, -1, 1], [0.09, 0, 0]],
    ['never falls below 0', [0.004, -4, 3], [-1, -1, -1, -1], [0, 0, 0]],
    ['stays where D is as sure as the target', [0.1, 1.5, 3], [1, 1, 1, 1], [0.1, 0, 0]],
    ['counts a logit of 0 for neither', [0.1, 0, 0], [0, 0, 1, 0], [0.1, 0.25, 1]],
  ])('%s', (_, before, logits, expected) => {
    const { ada } = evaluateExpression(
      {
        before: { shape: [3], data: before },
        logits: { shape: [4, 1], data: logits },
        target: { shape: [], data: [0.625] },
        step: { shape: [], data: [0.01] },
      },
      ({ before, logits, ...options }) => ({ ada: adapted(before, logits, options) }),
    );
    closeTo(ada, expected);
  });
});
