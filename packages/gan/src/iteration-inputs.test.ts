import { type PlaneReals, randomStream, STREAMS } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import {
  roundLaw,
  SGD,
  smallConditional,
  smallImages,
  smallPlane,
  smallStyleLike,
  stripes,
  withClasses,
  withVectors,
} from '../test/small-runs.ts';
import { dataOrder } from './data-order.ts';
import { iterationInputs } from './iteration-inputs.ts';
import { adamCorrections } from './optimisers.ts';

const ROUND = roundLaw({ centre: [0, 0], sigma: 1 });

it('Adam’s corrections begin anew with every side that comes in, penalties counted', () => {
  // 16 px come in with iteration 5; R1 has a step before every third update of D.
  const growing = smallStyleLike('stylegan', { resolution: 16, progressive: true, growKimg: 0.02, r1Interval: 3 });
  const inputs = iterationInputs(growing, 1, stripes({ side: 16 }));
  const corrected = (first: number) => {
    const { correctionsD, correctionsG } = inputs.forIterations(first, 1);
    return { D: correctionsD, G: correctionsG };
  };
  const usual = { beta1: 0.5, beta2: 0.999 };
  const slowed = { beta1: usual.beta1 ** (3 / 4), beta2: usual.beta2 ** (3 / 4) };
  const at = (stepD: number, stepG: number) => ({
    D: Float32Array.from(adamCorrections(stepD, slowed)),
    G: Float32Array.from(adamCorrections(stepG, usual)),
  });
  expect([0, 4, 5, 6, 9].map(corrected)).toEqual([at(2, 1), at(7, 5), at(1, 1), at(3, 2), at(7, 5)]);
});

describe('the inputs of iterations', () => {
  it.each([
    ['mlp2d', iterationInputs(smallPlane({ dSteps: 2, gSteps: 3 }), 1, ROUND)],
    ['dcgan', iterationInputs(smallImages({ dSteps: 3, mirror: true }), 1, stripes({ count: 7 }))],
  ] as const)('of %s for several iterations are those of each, one behind another', (_, inputs) => {
    const inputsOf = (first: number, steps: number) => structuredClone(inputs.forIterations(first, steps));
    const together = inputsOf(3, 2);
    const [third, fourth] = [inputsOf(3, 1), inputsOf(4, 1)];
    for (const [name, values] of Object.entries(together)) {
      const parts = [...(third[name] ?? []), ...(fourth[name] ?? [])];
      expect([name, Array.from(values)]).toEqual([name, values.length === 1 ? parts.slice(0, 1) : parts]);
    }
  });

  it('number every update of D and of G through the whole run', () => {
    const { correctionsD, correctionsG, noiseD, noiseG, real } = iterationInputs(
      smallPlane({ dSteps: 2, gSteps: 3 }),
      9,
      ROUND,
    ).forIterations(5, 1);
    const settings = { beta1: 0.5, beta2: 0.999 };
    const rounded = (updates: readonly number[]): Float32Array =>
      Float32Array.from(updates.flatMap((t) => adamCorrections(t, settings)));
    expect(correctionsD).toEqual(rounded([11, 12]));
    expect(correctionsG).toEqual(rounded([16, 17, 18]));
    const normals = (stream: number, draws: readonly number[]): number[] =>
      draws.flatMap((draw) => {
        const out = new Float32Array(16);
        randomStream(9, stream).normals(draw, out);
        return Array.from(out);
      });
    expect(Array.from(noiseD ?? [])).toEqual(normals(STREAMS.noiseD, [10, 11]));
    expect(Array.from(noiseG ?? [])).toEqual(normals(STREAMS.noiseG, [15, 16, 17]));
    const reals = [10, 11].flatMap((draw) => {
      const out = new Float32Array(16);
      ROUND.draw(9, draw, out);
      return Array.from(out);
    });
    expect(Array.from(real ?? [])).toEqual(reals);
  });

  it('flip an image or not by its number in the run, at even chances', () => {
    const flips = iterationInputs(smallImages({ batch: 50, dSteps: 2, mirror: true }), 3, stripes()).forIterations(
      0,
      20,
    );
    const expected = Array.from({ length: 40 }, (_, draw) => {
      const uniforms = new Float32Array(50);
      randomStream(3, STREAMS.mirror).uniforms(draw, uniforms);
      return Array.from(uniforms, (uniform) => (uniform < 0.5 ? 1 : 0));
    }).flat();
    expect(Array.from(flips.mirror ?? [])).toEqual(expected);
    // Four deviations of 2,000 coins.
    expect(Math.abs(expected.filter((flip) => flip === 1).length - 1_000)).toBeLessThan(90);
    expect(iterationInputs(smallImages(), 3, stripes()).forIterations(0, 1)).not.toHaveProperty('mirror');
  });

  it('have the same points from a law that is told the numbers as from one that draws them', () => {
    const placed: PlaneReals = {
      kind: 'plane',
      draw: (seed, draw, out) => {
        const numbers = { uniforms: new Float64Array(out.length / 2), normals: new Float64Array(out.length) };
        randomStream(seed, 55).points(draw, numbers);
        placed.law?.place(numbers, out);
      },
      law: {
        stream: 55,
        place: ({ uniforms, normals }, out) =>
          out.set(normals.map((normal, i) => normal + 10 * (uniforms[Math.floor(i / 2)] as number))),
      },
    };
    const { law, ...drawn } = placed;
    const configuration = smallPlane({ dSteps: 3, batch: 40 });
    const inputsOf = (reals: PlaneReals) => iterationInputs(configuration, 3, reals).forIterations(6, 5).real;
    expect(inputsOf(placed)).toEqual(inputsOf(drawn));
  });

  it('take images in the order of the data, a whole batch for every update of D', () => {
    const images = stripes({ count: 7 });
    const { real } = iterationInputs(smallImages({ dSteps: 3 }), 2, images).forIterations(4, 1);
    const positions = new Uint32Array(12);
    dataOrder(2, 7).positions(4 * 12, positions);
    const expected = new Uint8Array(12 * 256);
    images.copy(positions, expected);
    expect(real).toEqual(expected);
  });

  it('have reals and noise for D’s scores also where D is never updated', () => {
    const { real, noiseD, correctionsD } = iterationInputs(smallPlane({ dSteps: 0 }), 1, ROUND).forIterations(2, 1);
    const once = iterationInputs(smallPlane({ dSteps: 1 }), 1, ROUND).forIterations(2, 1);
    expect([real, noiseD]).toEqual([once.real, once.noiseD]);
    expect(correctionsD).toBeUndefined();
  });

  it('tell the class of every real, and draw those of fakes', () => {
    const reals = withClasses(stripes({ count: 7, side: 32 }));
    const inputs = iterationInputs(smallConditional({ dSteps: 2 }), 1, reals);
    const { classes, classesD, classesG, real } = inputs.forIterations(3, 2);
    const images = Array.from({ length: 7 }, (_, i) => {
      const image = new Uint8Array(32 * 32);
      reals.copy(Uint32Array.of(i), image);
      return Buffer.from(image).toString('hex');
    });
    const seen = Array.from({ length: 16 }, (_, i) =>
      Buffer.from((real as Uint8Array).subarray(i * 1024, (i + 1) * 1024)).toString('hex'),
    );
    expect([...(classes ?? [])]).toEqual(seen.map((image) => images.indexOf(image) % 3));
    expect(classesD).toHaveLength(16);
    expect(classesG).toHaveLength(8);
    const many = inputs.forIterations(0, 200).classesG ?? [];
    expect(new Set(many)).toEqual(new Set([0, 1, 2]));
    for (let c = 0; c < 3; c++) expect([...many].filter((x) => x === c).length / many.length).toBeCloseTo(1 / 3, 1);
    expect(inputs.forIterations(4, 1).classesD).toEqual(classesD?.slice(8));
  });

  it('name the images themselves where models are told their vectors, and draw those of fakes evenly', () => {
    const reals = withVectors(stripes({ count: 7, side: 32 }));
    const inputs = iterationInputs(smallConditional({ dSteps: 2 }), 1, reals);
    const order = new Uint32Array(16);
    dataOrder(1, 7).positions(3 * 8, order);
    expect([...(inputs.forIterations(3, 2).classes ?? [])]).toEqual([...order]);
    expect(new Set(inputs.forIterations(0, 200).classesG)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  });

  it('hold the optimiser’s own settings alone', () => {
    const names = (inputs: object): string[] => Object.keys(inputs).sort();
    const shared = ['fakeLabel', 'lrD', 'lrG', 'noiseD', 'noiseG', 'real', 'realLabel', 'weightDecay'];
    expect(names(iterationInputs(smallPlane(SGD), 1, ROUND).forIterations(0, 1))).toEqual(
      [...shared, 'sgdMomentum'].sort(),
    );
    const adam = iterationInputs(smallPlane(), 1, ROUND).forIterations(0, 1);
    expect(names(adam)).toEqual(
      [
        ...shared,
        'adamEps',
        ...['D', 'G'].flatMap((side) => [
          `beta1${side}`,
          `restOfBeta1${side}`,
          `beta2${side}`,
          `restOfBeta2${side}`,
          `corrections${side}`,
        ]),
      ].sort(),
    );
    // 1 − β before rounding: 1 − fround(.999) would be off in the fifth digit.
    expect(adam.restOfBeta2D?.[0]).toBe(Math.fround(1 - 0.999));
  });
});
