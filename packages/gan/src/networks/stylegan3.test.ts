import { evaluateProgram, type Sym, traceProgram } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import { pointsAlong, slopeErrors } from '../../test/finite-differences.ts';
import { differenceOnOnnx, drawn, objectivesOf, pointsOf, SMOOTH } from '../../test/style-networks.ts';
import { initialValues, totalSize, unflatten } from '../parameters.ts';
import type { StyleSizes } from './style-sizes.ts';
import { filtersOf, type LayerSignal, layerSignals, stylegan3 } from './stylegan3.ts';

const LITE: StyleSizes = {
  resolution: 32,
  channels: 1,
  nz: 128,
  mappingLayers: 2,
  ngf: 32,
  ndf: 32,
  spectralNorm: false,
};

describe('stylegan3', () => {
  it.each([
    // Mapping 33,024, input 16,900, three layers 128 → 128 of 164,096, to 108 of 141,036, to 64 of 76,204, 64 → 64 of 45,184, image 8,321.
    [32, 1, 812_957, 1_153_345],
    [64, 3, 902_794, 1_183_137],
  ])('at %i px with %i channels has as many parameters as its layers add up to', (resolution, channels, ofG, ofD) => {
    const { generator, discriminator } = stylegan3({ ...LITE, resolution, channels });
    expect([totalSize(generator.parameters), totalSize(discriminator.parameters)]).toEqual([ofG, ofD]);
  });

  it('has the maps of the small network, with margins until the last two', () => {
    const { generator } = stylegan3(LITE);
    traceProgram((tracer) => {
      const { output, styles, shapes } = drawn(generator, tracer, LITE);
      expect(shapes).toEqual({
        mapping: [4, 128],
        input: [4, 128, 24, 24],
        layer1: [4, 128, 24, 24],
        layer2: [4, 128, 24, 24],
        layer3: [4, 128, 40, 40],
        layer4: [4, 108, 40, 40],
        layer5: [4, 64, 40, 40],
        layer6: [4, 64, 32, 32],
        image: [4, 1, 32, 32],
      });
      expect(output.shape).toEqual([4, 1, 32, 32]);
      expect(styles?.shape).toEqual([4, 8, 128]);
      return { outputs: {} };
    });
    expect(generator.draws).toEqual({ layers: 8, layerNoise: 0 });
  });

  it('has the signals of the published schedule: cut-offs from 2 to half the resolution, samples for what they stop', () => {
    const signals = layerSignals({ resolution: 64, channels: 3, ngf: 32 });
    expect(signals.map(({ cutoff }) => Number(cutoff.toFixed(3)))).toEqual([
      2, 3.175, 5.04, 8, 12.699, 20.159, 32, 32, 32,
    ]);
    expect(signals.map(({ rate }) => rate)).toEqual([16, 16, 32, 32, 64, 64, 64, 64, 64]);
    for (const { cutoff, halfWidth, rate } of signals) expect(cutoff + halfWidth).toBeGreaterThanOrEqual(rate / 2);
    // Twelve taps where samples double, twenty-four where they are halved twice or doubled twice.
    const taps = signals.slice(0, -1).map((to, i) => {
      const { up, down } = filtersOf(signals[Math.max(i - 1, 0)] as LayerSignal, to);
      return [up.taps.length, down.taps.length];
    });
    expect(taps).toEqual([
      [12, 12],
      [12, 12],
      [24, 12],
      [12, 12],
      [24, 12],
      [12, 12],
      [12, 12],
      [12, 12],
    ]);
  });

  it.each([4, 12, 48])('refuses %i px', (resolution) => {
    expect(() => stylegan3({ ...LITE, resolution })).toThrow(/power of two from 8 px/);
  });
});

type Move = readonly [right: number, down: number];

/** One image of an untrained G, `[side, side]`, whose input is shifted by so many pixels. */
function imageShiftedBy([right, down]: Move): Float64Array {
  const sizes: StyleSizes = { ...LITE, ngf: 2, nz: 8 };
  const { generator } = stylegan3(sizes);
  const program = traceProgram((tracer) => {
    const parameters = unflatten(tracer.input('parameters', [totalSize(generator.parameters)]), generator.parameters);
    const { output } = generator.apply({
      input: tracer.input('z', [1, sizes.nz]),
      parameters: new Map([...parameters, ['input.shift.bias', tracer.input('shift', [2])]]),
      statistics: unflatten(tracer.input('statistics', [totalSize(generator.statistics)]), generator.statistics),
      mode: 'sample',
      probe: () => {},
    });
    return { outputs: { output } };
  });
  const inputs = new Map([
    ...pointsAlong(program),
    ['parameters', Float64Array.from(initialValues(generator.parameters, 3, 1))],
    ['statistics', Float64Array.from(initialValues(generator.statistics, 3, 2))],
    ['shift', Float64Array.of(right / sizes.resolution, down / sizes.resolution)],
  ]);
  const values = evaluateProgram(program, { state: new Map(), inputs });
  return values.get(program.outputs[0]?.symbol as Sym)?.data as Float64Array;
}

it('an image whose waves are shifted is the image shifted, wherever the pixels lie, to 35 dB', () => {
  const SIDE = 32;
  // To the right by whole pixels, and up by whole ones from half of one.
  for (const [from, to] of [
    [
      [0, 0],
      [3, 0],
    ],
    [
      [0.5, 0.5],
      [0.5, -2.5],
    ],
  ] as const) {
    const [still, moved] = [imageShiftedBy(from), imageShiftedBy(to)];
    const spread = Math.max(...still) - Math.min(...still);
    const share = ([right, down]: Move): number => {
      let [total, count] = [0, 0];
      for (let row = 4; row < SIDE - 4; row++)
        for (let column = 4; column < SIDE - 4; column++, count++)
          total +=
            ((moved[row * SIDE + column] as number) - (still[(row - down) * SIDE + column - right] as number)) ** 2;
      return total / count / spread ** 2;
    };
    expect(-10 * Math.log10(share([to[0] - from[0], to[1] - from[1]]))).toBeGreaterThan(35);
    expect(-10 * Math.log10(share([0, 0]))).toBeLessThan(25);
  }
});

/** The maps that waves make, `[channels, side, side]`, shifted and turned by a style, and then by so much of a turn. */
function wavesTurnedBy(angle: number | null): { readonly side: number; readonly data: Float64Array } {
  const sizes: StyleSizes = { ...LITE, ngf: 2, nz: 8 };
  const { generator } = stylegan3(sizes);
  let side = 0;
  const program = traceProgram((tracer) => {
    const parameters = unflatten(tracer.input('parameters', [totalSize(generator.parameters)]), generator.parameters);
    const maps: Sym[] = [];
    generator.apply({
      input: tracer.input('z', [1, sizes.nz]),
      parameters: new Map([
        ...parameters,
        ['input.shift.bias', tracer.input('shift', [2])],
        ['input.turn.bias', tracer.input('styled', [2])],
      ]),
      statistics: unflatten(tracer.input('statistics', [totalSize(generator.statistics)]), generator.statistics),
      ...(angle === null ? {} : { draws: { turn: tracer.input('turn', [1, 2]) } }),
      mode: 'sample',
      probe: (name, tensor) => {
        if (name === 'input') maps.push(tensor);
      },
    });
    const [output] = maps as [Sym];
    side = output.shape[3] as number;
    return { outputs: { output } };
  });
  const inputs = new Map([
    ...pointsAlong(program),
    ['parameters', Float64Array.from(initialValues(generator.parameters, 3, 1))],
    ['statistics', Float64Array.from(initialValues(generator.statistics, 3, 2))],
    ['shift', Float64Array.of(0.1, -0.05)],
    ['styled', Float64Array.of(-0.3, 0.8)],
    ...(angle === null ? [] : [['turn', Float64Array.of(Math.cos(angle), Math.sin(angle))] as const]),
  ]);
  const values = evaluateProgram(program, { state: new Map(), inputs });
  return { side, data: values.get(program.outputs[0]?.symbol as Sym)?.data as Float64Array };
}

it('waves that are turned clockwise, whatever their style did before, are the picture turned clockwise', () => {
  const still = wavesTurnedBy(null);
  const { side } = still;
  const away = (
    angle: number,
    source: (row: number, column: number) => readonly [row: number, column: number],
  ): number =>
    wavesTurnedBy(angle).data.reduce((most, value, i) => {
      const [map, row, column] = [Math.floor(i / side ** 2), Math.floor(i / side) % side, i % side];
      const [fromRow, fromColumn] = source(row, column);
      return Math.max(most, Math.abs(value - (still.data[(map * side + fromRow) * side + fromColumn] as number)));
    }, 0);
  const last = side - 1;
  expect(away(0, (row, column) => [row, column])).toBeLessThan(1e-9);
  // What stood on the left stands at the top.
  expect(away(Math.PI / 2, (row, column) => [last - column, row])).toBeLessThan(1e-9);
  expect(away(Math.PI, (row, column) => [last - row, last - column])).toBeLessThan(1e-9);
  expect(away(-Math.PI / 2, (row, column) => [last - column, row])).toBeGreaterThan(0.1);
});

// By the running magnitudes as they are: how a batch moves them is kept out of gradients, and finite differences would see it.
const { 'path lengths of G': _, ...first } = objectivesOf(stylegan3(SMOOTH), 'sample');
describe.each(Object.entries(first))('the gradient of %s', (__, program) => {
  it('is that of finite differences', () => {
    const errors = slopeErrors(program, { inputs: pointsOf(program), by: 'parameters', count: 11 });
    expect(errors.largestSlope).toBeGreaterThan(1e-5);
    expect(errors.largestError).toBeLessThan(1e-6);
  });

  it('is the same on ONNX Runtime as on the float64 reference', async () => {
    expect(await differenceOnOnnx(program)).toBeLessThan(1e-4);
  });
});
