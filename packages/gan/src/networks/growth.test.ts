import { evaluateProgram, gradients, mul, type Sym, sum, traceProgram, upsampleNearest } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import { pointsAlong, slopeErrors } from '../../test/finite-differences.ts';
import { differenceOnOnnx, drawn, objectivesOf, pointsOf, SMOOTH } from '../../test/style-networks.ts';
import { totalSize } from '../parameters.ts';
import { asGrown, blended } from './growth.ts';
import { stylegan } from './stylegan.ts';

const SIZES = { ...SMOOTH, resolution: 16, progressive: true };
const growing = stylegan(SIZES);

describe('growing networks', () => {
  it('have an image of every side from 8 px on besides, and nothing else', () => {
    const usual = stylegan({ ...SMOOTH, resolution: 32 });
    const grown = stylegan({ ...SMOOTH, resolution: 32, progressive: true });
    // Maps at 8 and 16 px have 4 channels at a base width of 1; images 2.
    const more = { generator: 2 * (4 * 2 + 2), discriminator: 2 * (2 * 4 + 4) };
    for (const net of ['generator', 'discriminator'] as const) {
      expect(totalSize(grown[net].parameters)).toBe(totalSize(usual[net].parameters) + more[net]);
      expect(totalSize(grown[net].statistics)).toBe(totalSize(usual[net].statistics) + 2);
    }
  });

  it.each([
    [0, 'image8'],
    [1, 'image'],
  ])(
    'with a presence of %d show the image of one side alone, and give the other none of the gradient',
    (share, shown) => {
      const program = traceProgram((tracer) => {
        const { output, shapes } = drawn(growing.generator, tracer, SIZES);
        expect(shapes).toMatchObject({ image8: [4, 2, 8, 8], image: [4, 2, 16, 16] });
        const weights = tracer.input('weights', [4, 2, 16, 16]);
        const parameters = output.graph.nodes.find(({ name }) => name === 'parameters') as Sym;
        const slope = gradients(sum(mul(output, weights), [0, 1, 2, 3]), [parameters])[0] as Sym;
        return { outputs: { output, slope } };
      });
      const statistics = new Float64Array(totalSize(growing.generator.statistics)).fill(share);
      const values = evaluateProgram(program, {
        state: new Map(),
        inputs: new Map([...pointsAlong(program), ['statistics', statistics]]),
      });
      const named = (name: string) =>
        values.get(program.outputs.find((one) => one.name === name)?.symbol as never)?.data as Float64Array;
      let at = 0;
      const moved = new Set<string>();
      for (const { name, shape } of growing.generator.parameters) {
        const size = shape.reduce((n, length) => n * length, 1);
        if (
          named('slope')
            .subarray(at, at + size)
            .some((x) => x !== 0)
        )
          moved.add(name.split('.')[0] as string);
        at += size;
      }
      expect([...moved].filter((name) => name.startsWith('image'))).toEqual([shown]);
      expect([...moved].some((name) => name.startsWith('side16'))).toBe(share === 1);
      const [left, right] = [named('output')[0], named('output')[1]];
      expect(left === right).toBe(share === 0);
    },
  );

  it('see of reals what a network of that growth can make', () => {
    const program = traceProgram((tracer) => {
      const images = tracer.input('images', [1, 1, 16, 16]);
      const presence = tracer.input('presence', [1]);
      const small = tracer.input('small', [1, 1, 8, 8]);
      const statistics = new Map([['presence', presence]]);
      return {
        outputs: {
          reals: asGrown(images, statistics),
          fakes: blended(
            new Map([
              [8, small],
              [16, images],
            ]),
            statistics,
          ),
          doubled: upsampleNearest(small, 2),
        },
      };
    });
    const images = Float64Array.from({ length: 256 }, (_, i) => Math.sin(i));
    const small = Float64Array.from({ length: 64 }, (_, i) => {
      const first = 32 * Math.floor(i / 8) + 2 * (i % 8);
      return [0, 1, 16, 17].reduce((total, at) => total + (images[first + at] as number) / 4, 0);
    });
    const outputs = (share: number) => {
      const values = evaluateProgram(program, {
        state: new Map(),
        inputs: new Map([
          ['images', images],
          ['small', small],
          ['presence', Float64Array.of(share)],
        ]),
      });
      return program.outputs.map(({ symbol }) => [...(values.get(symbol)?.data ?? [])] as number[]);
    };
    for (const share of [0, 0.3, 1]) {
      const [reals = [], fakes = [], doubled = []] = outputs(share);
      reals.forEach((real, i) => {
        expect(real).toBeCloseTo((1 - share) * (doubled[i] as number) + share * (images[i] as number), 12);
        expect(real).toBeCloseTo(fakes[i] as number, 12);
      });
    }
  });
});

const { 'path lengths of G': _, ...first } = objectivesOf(growing, 'train', SIZES);
describe.each(Object.entries(first))('while it grows, the gradient of %s', (__, program) => {
  it('is that of finite differences', () => {
    const errors = slopeErrors(program, { inputs: pointsOf(program), by: 'parameters', count: 11 });
    expect(errors.largestSlope).toBeGreaterThan(1e-6);
    expect(errors.largestError).toBeLessThan(1e-6);
  });

  it('is the same on ONNX Runtime as on the float64 reference', async () => {
    expect(await differenceOnOnnx(program)).toBeLessThan(1e-4);
  });
});
