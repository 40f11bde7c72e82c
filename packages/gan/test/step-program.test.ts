import type { CganConfiguration, Configuration, ImageReals, Mlp2dConfiguration, RealSource } from '@gansweep/domain';
import {
  type Executor,
  evaluateProgram,
  mean,
  onnxExecutor,
  type Program,
  referenceExecutor,
  sigmoid,
  type TensorflowOptions,
  tensorflowExecutor,
  wasmExecutor,
} from '@gansweep/program';
import { describe, expect, inject, it } from 'vitest';
import { createStepProgram, iterationInputs, networksOf, type SampleShape, shapeOf } from '../src/index.ts';
import { unflatten } from '../src/parameters.ts';
import { evaluateExpression } from './evaluate-expression.ts';
import {
  roundLaw,
  SGD,
  smallConditional,
  smallConvolutional,
  smallDenseConditional,
  smallImages,
  smallPlane,
  smallStyle,
  smallStyleLike,
  stripes,
  withClasses,
  withVectors,
} from './small-runs.ts';

const PLANE = { reals: roundLaw({ centre: [0.5, -0.3], sigma: 0.4 }), shape: { kind: 'plane' } } as const;
const IMAGES = {
  reals: stripes({ channels: 3 }),
  shape: { kind: 'images', height: 16, width: 16, channels: 3 },
} as const;
const SMALLER = {
  reals: stripes({ side: 8, channels: 3 }),
  shape: { kind: 'images', height: 8, width: 8, channels: 3 },
} as const;
const LARGER = {
  reals: stripes({ side: 32, channels: 3 }),
  shape: { kind: 'images', height: 32, width: 32, channels: 3 },
} as const;
const TOLD = {
  reals: withClasses(stripes({ side: 32 })),
  shape: { kind: 'images', height: 32, width: 32, channels: 1, classCount: 3 },
} as const;
const TOLD_SMALLER = told(withClasses(stripes({ side: 8 })));
const VECTORS = {
  reals: withVectors(stripes({ side: 32 })),
  shape: shapeOf(withVectors(stripes({ side: 32 }))),
} as const;
function told(reals: ImageReals): Data {
  return { reals, shape: shapeOf(reals) };
}
type Data = { readonly reals: RealSource; readonly shape: SampleShape };

const onnx = await onnxExecutor();

/** State and outputs after some iterations of a run's own inputs. */
async function after(executor: Executor, configuration: Configuration, { reals, shape }: Data, iterations: number) {
  const { program, initialState } = createStepProgram(configuration, shape);
  await using loaded = await executor.load(program);
  await loaded.writeState(initialState(1, 'vectors' in reals ? reals.vectors : undefined));
  const outputs = await loaded.run(iterationInputs(configuration, 1, reals).forIterations(0, iterations), iterations);
  return { state: await loaded.readState(), outputs };
}

/** Largest difference, as a share of the largest value. */
function distance(a: Float32Array, b: Float32Array): number {
  const largest = b.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] as number))), 0) / (largest || 1);
}

const WIDE = { kernel: 5, upsample: 'nearest', leak: 0.1, bnEps: 0.5 } as const;
const PENALTY = { loss: 'wgan-gp', gpWeight: 10 } as const;
/** So fast that p moves from 0 to .4 within the iterations of a test. */
const ADAPTIVE = { adaTarget: 0.01, adaKimg: 0.04, dSteps: 2 } as const;
const STEPS = { lrSchedule: 'step', lrStepFirst: 0.01, lrStepSecond: 0.02 } as const;
/** 16 px are half there in the second iteration. */
const GROWING = { resolution: 16, progressive: true, growKimg: 0.0027, adamEps: 1e-2 } as const;
const TOLD_STYLE = { conditionG: true, conditionD: true, adamEps: 1e-2 } as const;
const PACKED = { maxoutD: 3, samplesD: 4, batchNorm: true, bnEps: 1e-4, bnMomentum: 0.05 } as const;
const TRICKS = { labelNoise: 0.1, freezeRatio: 0.7, instanceNoise: 0.3 } as const;

describe.each([
  ['ONNX Runtime', onnx],
  ['WebAssembly', await wasmExecutor()],
] as const)('an iteration with every trick on %s equals the float64 reference', (name, executor) => {
  it.each<[string, Configuration, Data]>([
    ['mlp2d, adam', smallPlane({ ...TRICKS, adamEps: 1e-2 }), PLANE],
    ['mlp2d, sgd, 2:2', smallPlane({ ...TRICKS, ...SGD, dSteps: 2, gSteps: 2 }), PLANE],
    ['dcgan, adam', smallImages({ ...TRICKS, mirror: true, adamEps: 1e-2 }), IMAGES],
    ['mlp2d, wgan-gp', smallPlane({ ...PENALTY, adamEps: 1e-2, dSteps: 2 }), PLANE],
    ['mlp2d, maxout, four together', smallPlane({ ...TRICKS, ...PACKED, adamEps: 1e-2 }), PLANE],
    ['mlp2d, maxout, four together, wgan-gp', smallPlane({ ...PENALTY, ...PACKED, adamEps: 1e-2 }), PLANE],
    ['mlp2d, spectral norm', smallPlane({ spectralNorm: true, adamEps: 1e-2 }), PLANE],
    ['mlp2d, own decays, schedule', smallPlane({ ...STEPS, beta1G: 0, beta1D: 0.9, adamEps: 1e-2 }), PLANE],
    ['dcgan, wgan-gp, no batch norm', smallImages({ ...PENALTY, batchNorm: false, adamEps: 1e-2 }), IMAGES],
    ['dcgan, wgan-gp, spectral norm', smallImages({ ...PENALTY, spectralNorm: true, adamEps: 1e-2 }), IMAGES],
    ['dcgan, nearest, 5', smallImages({ upsample: 'nearest', kernel: 5, adamEps: 1e-2 }), IMAGES],
    ['dcgan, nearest, 4, as it is', smallImages({ upsample: 'nearest', normalizeInput: false, adamEps: 1e-2 }), IMAGES],
    ['dcgan-lab', smallConvolutional({ model: 'dcgan-lab', resolution: 32, adamEps: 1e-2 }), LARGER],
    ['cdcgan', smallConditional({ adamEps: 1e-2, dSteps: 2 }), TOLD],
    ['cgan, wgan-gp', smallDenseConditional({ ...PENALTY, adamEps: 1e-2 } as Partial<CganConfiguration>), TOLD],
    ['cgan, D unaware', smallDenseConditional({ conditionD: false, layersG: 0, layersD: 3, adamEps: 1e-2 }), TOLD],
    ['cdcgan, told vectors', smallConditional({ adamEps: 1e-2, dSteps: 2 }), VECTORS],
    ['cgan, told vectors, D unaware', smallDenseConditional({ conditionD: false, adamEps: 1e-2 }), VECTORS],
    ['aae', smallConvolutional({ model: 'aae', ...WIDE, adamEps: 1e-2 }), IMAGES],
    ['dcgan-max', smallConvolutional({ model: 'dcgan-max', ...WIDE, adamEps: 1e-2 }), IMAGES],
    ['dcgan, augmented, mirror, 2:1', smallImages({ adaP: 0.7, mirror: true, adamEps: 1e-2, dSteps: 2 }), IMAGES],
    ['dcgan, adaptive, wgan-gp', smallImages({ ...PENALTY, ...ADAPTIVE, batchNorm: false, adamEps: 1e-2 }), IMAGES],
    // Of 32 px. At 16 px the last maps have one pixel, where every image of a batch has nearly the same gradient; batch norm
    // takes out what they share, and of the thousandth that is left float32 keeps three or four digits (3.5e-4 off, not 1e-6).
    [
      'dcgan-max, 9',
      smallConvolutional({
        model: 'dcgan-max',
        ...WIDE,
        ...{ kernel: 9, resolution: 32, batch: 2, ngf: 2, ndf: 2, adamEps: 1e-2 },
      }),
      LARGER,
    ],
    ['dcgan, transposed, 9', smallImages({ kernel: 9, adamEps: 1e-2 }), IMAGES],
  ])('%s', async (model, configuration, data) => {
    if (name === 'WebAssembly' && !model.startsWith('mlp2d')) return;
    const found = await after(executor, configuration, data, 3);
    const expected = await after(referenceExecutor(), configuration, data, 3);
    for (const [state, values] of Object.entries(expected.state))
      expect([state, distance(found.state[state] as Float32Array, values)]).toEqual([state, expect.closeTo(0, 4)]);
    expect(found.outputs.frozenD).toEqual(expected.outputs.frozenD);
  });
});

describe('a whole iteration on ONNX Runtime equals the float64 reference', () => {
  // Adam divides by √v + ε: with ε = 1e-8 a gradient of nearly 0 would make its sign, and so the rounding, count.
  it.each<[string, Configuration, Data]>([
    ['mlp2d, adam', smallPlane({ adamEps: 1e-2, weightDecay: 1e-2 }), PLANE],
    ['mlp2d, sgd, 2:3, least squares', smallPlane({ ...SGD, dSteps: 2, gSteps: 3, loss: 'least-squares' }), PLANE],
    ['mlp2d, gan-lab-log, uniform', smallPlane({ ...SGD, loss: 'gan-lab-log', noise: 'uniform' }), PLANE],
    ['dcgan, adam, smooth labels', smallImages({ adamEps: 1e-2, realLabel: 0.9, fakeLabel: 0.2 }), IMAGES],
    ['stylegan2, adam, 2:1', smallStyle({ resolution: 16, adamEps: 1e-2, dSteps: 2, pathLengthWeight: 0 }), IMAGES],
    ['stylegan2, told, mixed', smallStyle({ ...TOLD_STYLE, pathLengthWeight: 0 }), TOLD_SMALLER],
    ['stylegan3', smallStyleLike('stylegan3', { adamEps: 1e-2, styleMixing: 0 }), SMALLER],
    ['stylegan', smallStyleLike('stylegan', { resolution: 16, adamEps: 1e-2 }), IMAGES],
    ['stylegan, growing', smallStyleLike('stylegan', GROWING), IMAGES],
    ['stylegan2, adaptive', smallStyle({ ...ADAPTIVE, resolution: 16, adamEps: 1e-2, pathLengthWeight: 0 }), IMAGES],
    ['dcgan, sgd, 2:1, saturating', smallImages({ ...SGD, dSteps: 2, loss: 'saturating', noise: 'spherical' }), IMAGES],
  ])('%s', async (_, configuration, data) => {
    const found = await after(onnx, configuration, data, 3);
    const expected = await after(referenceExecutor(), configuration, data, 3);
    for (const [name, values] of Object.entries(expected.state)) {
      expect([name, distance(found.state[name] as Float32Array, values)]).toEqual([name, expect.closeTo(0, 4)]);
      expect(values.some((x) => x !== 0)).toBe(true);
    }
    for (const [name, values] of Object.entries(expected.outputs))
      expect([name, distance(found.outputs[name] as Float32Array, values)]).toEqual([name, expect.closeTo(0, 4)]);
  });
});

const TENSORFLOW_HERE = inject('tensorflow');
describe.skipIf(TENSORFLOW_HERE === null)(
  'an iteration on TensorFlow, where it is installed, equals the float64 reference',
  () => {
    it.each<[string, Configuration, Data]>([
      ['dcgan, adaptive', smallImages({ ...ADAPTIVE, adamEps: 1e-2 }), IMAGES],
      ['stylegan', smallStyleLike('stylegan', { adamEps: 1e-2 }), SMALLER],
      ['stylegan, growing', smallStyleLike('stylegan', GROWING), IMAGES],
      ['stylegan2', smallStyle({ ...TOLD_STYLE, pathLengthWeight: 0 }), TOLD_SMALLER],
      ['stylegan3', smallStyleLike('stylegan3', { adamEps: 1e-2 }), SMALLER],
    ])('%s', async (_, configuration, data) => {
      const found = await after(await tensorflowExecutor(TENSORFLOW_HERE as TensorflowOptions), configuration, data, 3);
      const expected = await after(referenceExecutor(), configuration, data, 3);
      for (const [name, values] of Object.entries(expected.state))
        expect([name, distance(found.state[name] as Float32Array, values)]).toEqual([name, expect.closeTo(0, 4)]);
    });
  },
);

/** State and outputs of one iteration in float64. */
function exactly(
  program: Program,
  state: ReadonlyMap<string, Float64Array>,
  inputs: ReadonlyMap<string, Float64Array>,
) {
  const values = evaluateProgram(program, { state, inputs });
  return {
    output: (name: string): number =>
      values.get(program.outputs.find((output) => output.name === name)?.symbol as never)?.data[0] as number,
    state: new Map(program.states.map(({ name, update }) => [name, values.get(update)?.data as Float64Array])),
  };
}

describe('the gradient that moves', () => {
  const PLAIN = { optimizer: 'sgd', sgdMomentum: 0 } as const;
  // Each network alone, so that its loss depends on its own parameters in one way only.
  // Without batch norm first weights are so small that rectifiers bend within the difference: there they begin larger.
  it.each<[string, 'G' | 'D', Configuration, Data, number?]>([
    ['D of mlp2d', 'D', smallPlane({ ...PLAIN, lrD: 1, gSteps: 0 }), PLANE],
    ['G of mlp2d', 'G', smallPlane({ ...PLAIN, lrG: 1, dSteps: 0 }), PLANE],
    ['D of dcgan', 'D', smallImages({ ...PLAIN, lrD: 1, gSteps: 0 }), IMAGES],
    [
      'D of mlp2d, maxout, two together',
      'D',
      smallPlane({ ...PLAIN, ...PACKED, samplesD: 2, lrD: 1, gSteps: 0 }),
      PLANE,
    ],
    ['G of mlp2d, normalised', 'G', smallPlane({ ...PLAIN, ...PACKED, lrG: 1, dSteps: 0 }), PLANE],
    [
      'D of mlp2d under a gradient penalty, two together',
      'D',
      smallPlane({ ...PLAIN, ...PENALTY, ...PACKED, samplesD: 2, lrD: 1, gSteps: 0 }),
      PLANE,
    ],
    ['D of mlp2d under a gradient penalty', 'D', smallPlane({ ...PLAIN, ...PENALTY, lrD: 1, gSteps: 0 }), PLANE],
    ['D of dcgan under a gradient penalty', 'D', smallImages({ ...PLAIN, ...PENALTY, lrD: 1, gSteps: 0 }), IMAGES],
    [
      'D of dcgan under a gradient penalty, without batch norm and of kernel 5',
      'D',
      smallImages({ ...PLAIN, ...PENALTY, lrD: 1, gSteps: 0, batchNorm: false, kernel: 5 }),
      IMAGES,
      10,
    ],
    ['D of dcgan, nearest and 3', 'D', smallImages({ ...PLAIN, lrD: 1, gSteps: 0, kernel: 3 }), IMAGES],
    [
      'D of dcgan-max',
      'D',
      smallConvolutional({ model: 'dcgan-max', ...PLAIN, ...WIDE, kernel: 3, ndf: 2, ngf: 2, lrD: 1, gSteps: 0 }),
      IMAGES,
      3,
    ],
    [
      'G of dcgan-max',
      'G',
      smallConvolutional({ model: 'dcgan-max', ...PLAIN, ...WIDE, kernel: 3, ngf: 2, ndf: 2, lrG: 1, dSteps: 0 }),
      IMAGES,
      3,
    ],
    [
      'D of cgan',
      'D',
      smallDenseConditional({ ...PLAIN, lrD: 1, gSteps: 0, layersD: 3 } as Partial<CganConfiguration>),
      TOLD,
    ],
    [
      'G of cgan',
      'G',
      smallDenseConditional({ ...PLAIN, lrG: 1, dSteps: 0, layersG: 3 } as Partial<CganConfiguration>),
      TOLD,
    ],
    ['D of cdcgan', 'D', smallConditional({ ...PLAIN, lrD: 1, gSteps: 0, ngf: 1, ndf: 2 }), TOLD],
    ['G of cdcgan', 'G', smallConditional({ ...PLAIN, lrG: 1, dSteps: 0, ngf: 1, ndf: 2 }), TOLD],
    [
      'D of dcgan-lab',
      'D',
      smallConvolutional({ model: 'dcgan-lab', resolution: 32, ...PLAIN, lrD: 1, gSteps: 0, ngf: 1, ndf: 2 }),
      LARGER,
    ],
    [
      'G of dcgan-lab',
      'G',
      smallConvolutional({ model: 'dcgan-lab', resolution: 32, ...PLAIN, lrG: 1, dSteps: 0, ngf: 1, ndf: 2 }),
      LARGER,
    ],
    ['G of dcgan, nearest and 4', 'G', smallImages({ ...PLAIN, lrG: 1, dSteps: 0, upsample: 'nearest' }), IMAGES],
    ['G of dcgan, transposed and 7', 'G', smallImages({ ...PLAIN, lrG: 1, dSteps: 0, kernel: 7 }), IMAGES],
    ['G of mlp2d against a normalised D', 'G', smallPlane({ ...PLAIN, lrG: 1, dSteps: 0, spectralNorm: true }), PLANE],
    ['G of dcgan', 'G', smallImages({ ...PLAIN, lrG: 1, dSteps: 0 }), IMAGES],
    ['G of dcgan, augmented', 'G', smallImages({ ...PLAIN, lrG: 1, dSteps: 0, adaP: 0.8 }), IMAGES],
  ])('%s is that of its loss', (_, side, configuration, { reals, shape }, times = 1) => {
    const { program, initialState } = createStepProgram(configuration, shape);
    const given = iterationInputs(configuration, 1, reals).forIterations(0, 1);
    const inputs = new Map(Object.entries(given).map(([name, values]) => [name, Float64Array.from(values)]));
    const state = new Map(Object.entries(initialState(1)).map(([name, values]) => [name, Float64Array.from(values)]));
    const name = `p${side}`;
    const start = (state.get(name) as Float64Array).map((x) => times * x);
    state.set(name, start);
    const step = exactly(program, state, inputs);
    const lossAt = (i: number, by: number): number => {
      const moved = start.map((x, k) => (k === i ? x + by : x));
      return exactly(program, new Map([...state, [name, moved]]), inputs).output(`loss${side}`);
    };
    const end = step.state.get(name) as Float64Array;
    let largest = 0;
    // Some tensors' first and last elements, biases and scales among them: a stride that shares no factor with shapes.
    for (let i = 0; i < start.length; i += Math.ceil(start.length / 13)) {
      const gradient = (start[i] as number) - (end[i] as number);
      const difference = (lossAt(i, 1e-6) - lossAt(i, -1e-6)) / 2e-6;
      largest = Math.max(largest, Math.abs(gradient));
      // Constants such as 1/batch are float32 in every program: a relative error of 1e-7.
      expect(Math.abs(gradient - difference)).toBeLessThan(1e-5 * Math.max(1e-2, Math.abs(difference)));
    }
    expect(largest).toBeGreaterThan(1e-4);
    const norm = Math.hypot(...start.map((x, i) => x - (end[i] as number)));
    expect(step.output(`gradNorm${side}`)).toBeCloseTo(norm, 6);
  });
});

it('E and G behind it descend the gradient of the encoding loss, by finite differences', () => {
  const configuration = smallConvolutional({
    model: 'aae',
    ...{ optimizer: 'sgd', sgdMomentum: 0, lrE: 1, dSteps: 0, gSteps: 0 },
    ...{ ...WIDE, kernel: 3, ngf: 2, ndf: 2 },
  });
  const { program, initialState } = createStepProgram(configuration, IMAGES.shape);
  const given = iterationInputs(configuration, 1, IMAGES.reals).forIterations(0, 1);
  const inputs = new Map(Object.entries(given).map(([name, values]) => [name, Float64Array.from(values)]));
  const state = new Map(Object.entries(initialState(1)).map(([name, values]) => [name, Float64Array.from(values)]));
  const step = exactly(program, state, inputs);
  for (const name of ['pE', 'pG']) {
    const start = state.get(name) as Float64Array;
    const end = step.state.get(name) as Float64Array;
    const lossAt = (i: number, by: number): number => {
      const moved = start.map((x, k) => (k === i ? x + by : x));
      return exactly(program, new Map([...state, [name, moved]]), inputs).output('lossE');
    };
    let largest = 0;
    for (let i = 0; i < start.length; i += Math.ceil(start.length / 11)) {
      const gradient = (start[i] as number) - (end[i] as number);
      const difference = (lossAt(i, 1e-6) - lossAt(i, -1e-6)) / 2e-6;
      largest = Math.max(largest, Math.abs(gradient));
      expect(Math.abs(gradient - difference)).toBeLessThan(1e-5 * Math.max(1e-2, Math.abs(difference)));
    }
    expect(largest).toBeGreaterThan(1e-4);
  }
});

describe('one network at a time:', () => {
  const configurations: [string, Configuration, Data][] = [
    ['mlp2d', smallPlane(), PLANE],
    ['dcgan', smallImages(), IMAGES],
  ];
  const changed = (a: Readonly<Record<string, Float32Array>>, b: Readonly<Record<string, Float32Array>>): string[] =>
    Object.keys(a)
      .filter((name) => a[name]?.some((x, i) => !Object.is(x, b[name]?.[i])))
      .sort();

  it.each(configurations)('updates of D move nothing of G in %s, nor the reverse', async (model, base, data) => {
    const start = createStepProgram(base, data.shape).initialState(1);
    const statistics = (side: string): string[] => (model === 'dcgan' ? [`s${side}`] : []);
    const ofD = await after(onnx, { ...base, gSteps: 0 }, data, 2);
    expect(changed(start, ofD.state)).toEqual(['mD', 'pD', ...statistics('D'), 'vD']);
    const ofG = await after(onnx, { ...base, dSteps: 0 }, data, 2);
    expect(changed(start, ofG.state)).toEqual(['mG', 'pG', ...statistics('G'), 'vG']);
    const ofNeither = await after(onnx, { ...base, dSteps: 0, gSteps: 0 }, data, 2);
    expect(changed(start, ofNeither.state)).toEqual([]);
  });

  it.each(configurations)(
    'an iteration of %s is D’s updates and then G’s, which take D as it is',
    async (_, base, data) => {
      const both = { ...base, ...SGD, lrG: 0.5, lrD: 0.5, dSteps: 2, gSteps: 2 } as Configuration;
      const together = await after(onnx, both, data, 1);
      const first = await after(onnx, { ...both, gSteps: 0 }, data, 1);
      const onlyG = { ...both, dSteps: 0 };
      const { program } = createStepProgram(onlyG, data.shape);
      await using loaded = await onnx.load(program);
      await loaded.writeState(first.state);
      const outputs = await loaded.run(iterationInputs(onlyG, 1, data.reals).forIterations(0, 1), 1);
      const state = await loaded.readState();
      for (const [name, values] of Object.entries(together.state))
        expect([name, distance(state[name] as Float32Array, values)]).toEqual([name, expect.closeTo(0, 5)]);
      expect(outputs.lossG?.[0]).toBeCloseTo(together.outputs.lossG?.[0] as number, 5);
    },
  );

  it('a network that is never updated has no loss and no gradient, but D’s scores are there', async () => {
    const names = async (change: { dSteps?: number; gSteps?: number }): Promise<string[]> => {
      const { outputs } = await after(onnx, { ...base, ...change }, PLANE, 1);
      return Object.keys(outputs).filter((name) => !name.startsWith('check'));
    };
    const base = smallPlane();
    const scores = ['dReal', 'dFake', 'accReal', 'accFake'];
    expect((await names({ dSteps: 0 })).sort()).toEqual([...scores, 'lossG', 'gradNormG'].sort());
    expect((await names({ gSteps: 0 })).sort()).toEqual([...scores, 'lossD', 'gradNormD'].sort());
    expect((await names({ dSteps: 0, gSteps: 0 })).sort()).toEqual([...scores].sort());
  });
});

describe('recorded values', () => {
  it('are means over the iteration’s updates', async () => {
    const one = smallPlane({ ...SGD, lrD: 0.3, gSteps: 0 });
    const two = await after(onnx, { ...one, dSteps: 2 }, PLANE, 1);
    const twice = await after(onnx, one, PLANE, 2);
    for (const name of ['lossD', 'dReal', 'dFake', 'accReal', 'accFake', 'gradNormD']) {
      const [first, second] = twice.outputs[name] as Float32Array;
      expect([name, two.outputs[name]?.[0]]).toEqual([
        name,
        expect.closeTo(((first as number) + (second as number)) / 2, 5),
      ]);
      expect(first).not.toBe(second);
    }
  });

  it('of a linear D that cannot tell reals from fakes are one half and chance', async () => {
    const { program, initialState } = createStepProgram(smallPlane({ layersD: 0 }), PLANE.shape);
    await using loaded = await onnx.load(program);
    const state = initialState(1);
    await loaded.writeState({ ...state, pD: new Float32Array(3) });
    const outputs = await loaded.run(
      iterationInputs(smallPlane({ layersD: 0 }), 1, PLANE.reals).forIterations(0, 1),
      1,
    );
    expect(outputs.dReal?.[0]).toBe(0.5);
    expect(outputs.dFake?.[0]).toBe(0.5);
    expect(outputs.lossD?.[0]).toBeCloseTo(2 * Math.LN2, 6);
    // A logit of exactly 0 counts for neither side.
    expect([outputs.accReal?.[0], outputs.accFake?.[0]]).toEqual([0, 0]);
  });

  it.each([
    ['real', 2, [1, 0]],
    ['fake', -2, [0, 1]],
  ])('count as right what D calls %s', async (_, bias, [accReal, accFake]) => {
    const configuration = smallPlane({ layersD: 0 });
    const { program, initialState } = createStepProgram(configuration, PLANE.shape);
    await using loaded = await onnx.load(program);
    await loaded.writeState({ ...initialState(1), pD: Float32Array.of(0, 0, bias) });
    const outputs = await loaded.run(iterationInputs(configuration, 1, PLANE.reals).forIterations(0, 1), 1);
    expect([outputs.accReal?.[0], outputs.accFake?.[0]]).toEqual([accReal, accFake]);
    expect(outputs.dReal?.[0]).toBeCloseTo(1 / (1 + Math.exp(-bias)), 6);
  });

  it('give a gradient’s norm also where its squares overflow float32, without calling it infinite', async () => {
    const steep = smallPlane({ ...SGD, layersD: 0, gSteps: 0, lrD: 0 });
    const { program, initialState } = createStepProgram(steep, PLANE.shape);
    await using loaded = await onnx.load(program);
    await loaded.writeState({ ...initialState(1), pD: Float32Array.of(-1, 0, 0) });
    const inputs = iterationInputs(steep, 1, PLANE.reals).forIterations(0, 1);
    // One real far out: the gradient of −log σ(−x) there is x/batch = 1e25.
    const real = new Float32Array(16);
    real[0] = 8e25;
    const outputs = await loaded.run({ ...inputs, real }, 1);
    expect((outputs.gradNormD?.[0] as number) / 1e25).toBeCloseTo(1, 5);
    expect(outputs.checkD?.[0]).toBeCloseTo(0, 10);
  });
});

describe('weight decay', () => {
  it('adds λw to the gradient that the optimiser sees, not to the norm that is recorded', async () => {
    const plain = smallPlane({ ...SGD, lrD: 0.1, gSteps: 0 });
    const start = createStepProgram(plain, PLANE.shape).initialState(1).pD as Float32Array;
    const without = await after(onnx, plain, PLANE, 1);
    const withDecay = await after(onnx, { ...plain, weightDecay: 0.5 }, PLANE, 1);
    start.forEach((w, i) => {
      const difference = (withDecay.state.pD?.[i] as number) - (without.state.pD?.[i] as number);
      expect(difference).toBeCloseTo(-0.1 * 0.5 * w, 6);
    });
    expect(withDecay.outputs.gradNormD).toEqual(without.outputs.gradNormD);
  });
});

describe('the freeze rule', () => {
  const of = (change: Partial<Mlp2dConfiguration>) => after(onnx, smallPlane({ adamEps: 1e-2, ...change }), PLANE, 3);

  it('leaves D, its moments and their count as they are while D’s loss is below the ratio', async () => {
    const { state, outputs } = await of({ freezeRatio: 1e6 });
    const start = createStepProgram(smallPlane({ freezeRatio: 1 }), PLANE.shape).initialState(1);
    for (const name of ['pD', 'mD', 'vD', 'cD']) expect([name, state[name]]).toEqual([name, start[name]]);
    expect(state.pG).not.toEqual(start.pG);
    expect(Array.from(outputs.frozenD ?? [])).toEqual([1, 1, 1]);
    expect(outputs.gradNormD?.every((norm) => norm > 0)).toBe(true);
  });

  it('changes nothing while D’s loss is above it: the program counts Adam’s updates as we do', async () => {
    const [ruled, plain] = [await of({ freezeRatio: 1e-6 }), await of({})];
    expect(Array.from(ruled.outputs.frozenD ?? [])).toEqual([0, 0, 0]);
    expect(plain.outputs.frozenD).toBeUndefined();
    for (const [name, values] of Object.entries(plain.state))
      expect([name, distance(ruled.state[name] as Float32Array, values)]).toEqual([name, expect.closeTo(0, 5)]);
    const [first, second] = ruled.state.cD as Float32Array;
    expect([first, second]).toEqual([expect.closeTo(1 - 0.5 ** 3, 6), expect.closeTo(1 - 0.999 ** 3, 8)]);
  });

  it('decides for each update by the losses of its own batch', async () => {
    // With one image a batch the mean of σ is σ of the logit, and G's loss on it −log σ.
    const one = await of({ ...SGD, lrD: 0, lrG: 0, batch: 1 });
    const exact = [0, 1, 2].map(
      (i) => (one.outputs.lossD?.[i] as number) / -Math.log(one.outputs.dFake?.[i] as number),
    );
    const ratio = exact.toSorted((a, b) => a - b)[1] as number;
    const ruled = await of({ ...SGD, lrD: 0, lrG: 0, batch: 1, freezeRatio: ratio * 1.001 });
    expect(Array.from(ruled.outputs.frozenD ?? [])).toEqual(exact.map((q) => (q <= ratio ? 1 : 0)));
  });
});

describe('noise in what D sees and is told', () => {
  it('is a label of its own for every batch of reals, between realLabel − labelNoise and realLabel', async () => {
    const noisy = smallPlane({ ...SGD, labelNoise: 0.2, realLabel: 0.9, dSteps: 2 });
    const { realLabels } = iterationInputs(noisy, 1, PLANE.reals).forIterations(0, 200);
    const labels = Array.from(realLabels as Float32Array);
    expect(labels).toHaveLength(400);
    expect(Math.min(...labels)).toBeGreaterThanOrEqual(Math.fround(0.7));
    expect(Math.max(...labels)).toBeLessThanOrEqual(Math.fround(0.9));
    expect(labels.reduce((a, b) => a + b, 0) / 400).toBeCloseTo(0.8, 1);
    expect(new Set(labels).size).toBe(400);
    const { program, initialState } = createStepProgram(noisy, PLANE.shape);
    await using loaded = await onnx.load(program);
    await loaded.writeState(initialState(1));
    const inputs = iterationInputs(noisy, 1, PLANE.reals).forIterations(0, 1);
    await loaded.run({ ...inputs, realLabels: Float32Array.of(0.75, 0.75) }, 1);
    const steady = await after(onnx, { ...noisy, labelNoise: 0, realLabel: 0.75 }, PLANE, 1);
    expect((await loaded.readState()).pD).toEqual(steady.state.pD);
  });

  it('is σ times a normal of its own for every number that D looks at', async () => {
    const linear = smallPlane({ ...SGD, layersD: 0, lrD: 0, lrG: 0, instanceNoise: 0.5, batch: 1 });
    const { program, initialState } = createStepProgram(linear, PLANE.shape);
    const inputs = iterationInputs(linear, 1, PLANE.reals).forIterations(0, 1);
    await using loaded = await onnx.load(program);
    const scoresWith = async (blur: readonly number[]): Promise<readonly number[]> => {
      await loaded.writeState({ ...initialState(1), pD: Float32Array.of(2, -1, 0.25) });
      const { dReal, dFake } = await loaded.run({ ...inputs, instanceNoiseD: Float32Array.from(blur) }, 1);
      return [dReal, dFake].map((score) => Math.log((score?.[0] as number) / (1 - (score?.[0] as number))));
    };
    const [real, fake] = (await scoresWith([0, 0, 0, 0])) as [number, number];
    const blurred = await scoresWith([1, 3, -2, 1]);
    expect(blurred[0]).toBeCloseTo(real + 0.5 * (2 * 1 - 3), 4);
    expect(blurred[1]).toBeCloseTo(fake + 0.5 * (2 * -2 - 1), 4);
  });

  it('reaches G’s gradient through D as G’s own noise', async () => {
    const blurred = smallPlane({ ...SGD, dSteps: 0, instanceNoise: 0.5 });
    const inputs = iterationInputs(blurred, 1, PLANE.reals).forIterations(0, 1);
    const { program, initialState } = createStepProgram(blurred, PLANE.shape);
    await using loaded = await onnx.load(program);
    const movedWith = async (change: object): Promise<Float32Array> => {
      await loaded.writeState(initialState(1));
      await loaded.run({ ...inputs, ...change }, 1);
      return (await loaded.readState()).pG as Float32Array;
    };
    const own = await movedWith({});
    expect(await movedWith({ instanceNoiseD: new Float32Array(32) })).toEqual(own);
    expect(await movedWith({ instanceNoiseG: new Float32Array(16) })).not.toEqual(own);
  });

  it.each([
    ['points', smallPlane({ instanceNoise: 1, gSteps: 2 }), PLANE.reals, 16, 200],
    ['images', smallImages({ instanceNoise: 1, gSteps: 2 }), IMAGES.reals, 4 * 768, 20],
  ] as const)(
    'is standard normal, for %s too, and never the same twice',
    (_, configuration, reals, length, iterations) => {
      const inputs = iterationInputs(configuration, 1, reals).forIterations(0, iterations);
      const all = [...(inputs.instanceNoiseD ?? []), ...(inputs.instanceNoiseG ?? [])];
      expect(all).toHaveLength(iterations * 4 * length);
      expect(all.reduce((sum, x) => sum + x * x, 0) / all.length).toBeCloseTo(1, 1);
      expect(new Set(all).size).toBeGreaterThan(0.99 * all.length);
    },
  );
});

describe('real images', () => {
  it('reach D as NCHW in [−1, 1]', async () => {
    const configuration = smallImages();
    const { program, initialState } = createStepProgram(configuration, IMAGES.shape);
    const state = initialState(1);
    const inputs = iterationInputs(configuration, 1, IMAGES.reals).forIterations(0, 1);
    const real = Uint8Array.from({ length: 4 * 16 * 16 * 3 }, (_, i) => (i * i * 31 + 7 * i) % 256);
    await using loaded = await onnx.load(program);
    await loaded.writeState(state);
    const outputs = await loaded.run({ ...inputs, real }, 1);
    const { discriminator } = networksOf(configuration, IMAGES.shape);
    const planes = Array.from({ length: real.length }, (_, i) => {
      const [image, channel, pixel] = [Math.floor(i / 768), Math.floor(i / 256) % 3, i % 256];
      return ((real[image * 768 + pixel * 3 + channel] as number) / 255) * 2 - 1;
    });
    const { score } = evaluateExpression(
      {
        x: { shape: [4, 3, 16, 16], data: planes },
        parameters: { shape: [(state.pD as Float32Array).length], data: Array.from(state.pD as Float32Array) },
        statistics: { shape: [(state.sD as Float32Array).length], data: Array.from(state.sD as Float32Array) },
      },
      ({ x, parameters, statistics }) => ({
        score: mean(
          sigmoid(
            discriminator.apply({
              input: x,
              parameters: unflatten(parameters, discriminator.parameters),
              statistics: unflatten(statistics, discriminator.statistics),
              mode: 'train',
              probe: () => {},
            }).output,
          ),
          [0, 1],
        ),
      }),
    );
    expect(outputs.dReal?.[0]).toBeCloseTo(score[0] as number, 5);
  });
});

describe('running statistics', () => {
  it('of D move with the real batch, then with the fake one; those of G with G’s batch', async () => {
    // With all the weight on the newest batch, what remains are the statistics of the last batch alone.
    const last = smallImages({ ...SGD, bnMomentum: 1, lrD: 0, lrG: 0 });
    const reals = stripes({ channels: 1 });
    const data: Data = { reals, shape: { kind: 'images', height: 16, width: 16, channels: 1 } };
    const whole = await after(onnx, last, data, 1);
    const ofD = async (momentum: number, from: Record<string, Float32Array>): Promise<Float32Array> => {
      const { program } = createStepProgram(smallImages({ ...SGD, lrD: 0, lrG: 0, bnMomentum: momentum }), data.shape);
      await using loaded = await onnx.load(program);
      await loaded.writeState(from);
      await loaded.run(iterationInputs(last, 1, reals).forIterations(0, 1), 1);
      return (await loaded.readState()).sD as Float32Array;
    };
    // s ← (1−m)((1−m)s + m·real) + m·fake is linear in s, real and fake; three values of m and s give all of them.
    const start = createStepProgram(last, data.shape).initialState(1);
    const zero = { ...start, sD: new Float32Array((start.sD as Float32Array).length) };
    const fake = await ofD(1, zero);
    const half = await ofD(0.5, zero);
    const real = half.map((x, i) => 4 * (x - (fake[i] as number) / 2));
    const quarter = await ofD(0.25, zero);
    quarter.forEach((x, i) => {
      expect(x).toBeCloseTo(0.75 * 0.25 * (real[i] as number) + 0.25 * (fake[i] as number), 5);
    });
    expect(distance(real, fake)).toBeGreaterThan(0.05);
    // The last batch is the fake one: other reals leave the statistics as they are, with all the weight on the newest.
    const others = { ...data, reals: stripes({ count: 20, channels: 1 }) };
    const otherwise = await after(onnx, last, others, 1);
    expect(otherwise.outputs.dReal).not.toEqual(whole.outputs.dReal);
    expect(otherwise.state.sD).toEqual(whole.state.sD);
  });
});

describe('mirrored reals', () => {
  const plain = smallImages({ dSteps: 2 });
  const mirrored = smallImages({ dSteps: 2, mirror: true });

  it.each([
    ['the reference', referenceExecutor()],
    ['ONNX Runtime', onnx],
  ] as const)(
    'by %s are the images that were chosen, flipped left to right, and the others as they are',
    async (_, executor) => {
      const { mirror, ...inputs } = iterationInputs(mirrored, 1, IMAGES.reals).forIterations(4, 1);
      expect(new Set(mirror)).toEqual(new Set([0, 1]));
      const real = inputs.real as Uint8Array;
      const { height, width, channels } = IMAGES.shape;
      const flipped = real.map((_, at) => {
        const channel = at % channels;
        const column = Math.floor(at / channels) % width;
        const row = Math.floor(at / (channels * width));
        const image = Math.floor(row / height);
        return mirror?.[image]
          ? (real[(row * width + (width - 1 - column)) * channels + channel] as number)
          : (real[at] as number);
      });
      expect(flipped).not.toEqual(real);
      const run = async (configuration: Configuration, values: typeof inputs) => {
        const { program, initialState } = createStepProgram(configuration, IMAGES.shape);
        await using loaded = await executor.load(program);
        await loaded.writeState(initialState(1));
        return { outputs: await loaded.run(values, 1), state: await loaded.readState() };
      };
      const { real: _own, ...rest } = inputs;
      expect(await run(mirrored, { ...rest, real, mirror: mirror as Float32Array })).toEqual(
        await run(plain, { ...rest, real: flipped }),
      );
    },
  );
});

describe('an iteration of growing networks', () => {
  const configuration = smallStyleLike('stylegan', { ...GROWING, weightDecay: 1e-3, r1Gamma: 0 });
  const { program, initialState } = createStepProgram(configuration, IMAGES.shape);
  const given = iterationInputs(configuration, 1, IMAGES.reals).forIterations(0, 1);
  const state = new Map(Object.entries(initialState(1)).map(([name, values]) => [name, Float64Array.from(values)]));
  const stepWith = (presence: number, real: (x: number, i: number) => number = (x) => x) => {
    const inputs = new Map(Object.entries(given).map(([name, values]) => [name, Float64Array.from(values)]));
    inputs.set('presence', Float64Array.of(presence)).set('real', (inputs.get('real') as Float64Array).map(real));
    return exactly(program, state, inputs);
  };

  it('shows D of the details of reals what G can make of them by now', () => {
    // Pixels 40 bytes from the mean of their four, or a share of that.
    const detailed =
      (share: number) =>
      (_: number, i: number): number => {
        const [row, column] = [Math.floor(i / 48) % 16, Math.floor(i / 3) % 16];
        const mean = 100 + 4 * (Math.floor(row / 2) + Math.floor(column / 2));
        return mean + share * ((row + column) % 2 === 0 ? 40 : -40);
      };
    // Grown by half, D's own parts see as much; what it is shown of details is half of them.
    const { discriminator } = networksOf(configuration, IMAGES.shape);
    const seen = (share: number): number => {
      const images = Array.from({ length: 4 * 768 }, (_, i) => {
        const [image, channel, pixel] = [Math.floor(i / 768), Math.floor(i / 256) % 3, i % 256];
        return detailed(share)(0, image * 768 + pixel * 3 + channel) / 127.5 - 1;
      });
      const parameters = state.get('pD') as Float64Array;
      const { score } = evaluateExpression(
        {
          x: { shape: [4, 3, 16, 16], data: images },
          parameters: { shape: [parameters.length], data: Array.from(parameters) },
          statistics: { shape: [1], data: [0.5] },
        },
        ({ x, parameters: ofD, statistics }) => ({
          score: mean(
            sigmoid(
              discriminator.apply({
                input: x,
                parameters: unflatten(ofD, discriminator.parameters),
                statistics: unflatten(statistics, discriminator.statistics),
                mode: 'train',
                probe: () => {},
              }).output,
            ),
            [0, 1],
          ),
        }),
      );
      return score[0] as number;
    };
    expect(stepWith(0.5, detailed(1)).output('dReal')).toBeCloseTo(seen(0.5), 9);
    expect(seen(1)).not.toBeCloseTo(seen(0.5), 6);
  });

  it('leaves layers that are not in yet alone, weight decay too, and keeps how far it has grown for samples', () => {
    for (const [side, specs] of Object.entries({
      G: networksOf(configuration, IMAGES.shape).generator,
      D: networksOf(configuration, IMAGES.shape).discriminator,
    })) {
      for (const presence of [0, 0.5]) {
        const after = stepWith(presence).state;
        const [was, is] = [state, after].map((values) => values.get(`p${side}`) as Float64Array);
        let at = 0;
        for (const { name, shape } of specs.parameters) {
          const size = shape.reduce((n, length) => n * length, 1);
          const stays = is?.subarray(at, at + size).every((x, i) => x === was?.[at + i]);
          const later = name.startsWith('side16') || name.startsWith('image.');
          if (name.endsWith('.weight')) expect([side, name, stays]).toEqual([side, name, later && presence === 0]);
          at += size;
        }
        expect(after.get(`s${side}`)?.at(-1)).toBe(presence);
      }
    }
  });
});
