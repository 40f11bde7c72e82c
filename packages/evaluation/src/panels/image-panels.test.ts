import type { ImageReals, ImageSamples } from '@gansweep/domain';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { lerp, slerp } from '../latent-paths.ts';
import { permutationTest } from './latent-correspondence.ts';
import { makePanel, panelsOf, samplePanelsOf } from './make-panel.ts';
import type { PanelSubject } from './panel-subject.ts';

const SIDE = 16;
const PIXELS = SIDE * SIDE;

/** A G whose image is grey everywhere, as bright as the first number of its noise says; an E that answers with that number. */
const greys = (change: Partial<PanelSubject> = {}): PanelSubject => {
  const flat = (values: ArrayLike<number>): Float32Array =>
    Float32Array.from({ length: values.length * PIXELS }, (_, i) => values[Math.floor(i / PIXELS)] as number);
  const firsts = (z: Float32Array): readonly number[] =>
    Array.from({ length: z.length / 2 }, (_, i) => z[2 * i] as number);
  const shown = (samples: Float32Array): ImageSamples => ({
    kind: 'images',
    count: samples.length / PIXELS,
    height: SIDE,
    width: SIDE,
    channels: 1,
    data: Uint8Array.from(samples, (value) => Math.round(value * 255)),
  });
  return {
    law: null,
    nz: 2,
    vectorLength: 0,
    classCount: 0,
    trained: null,
    made: (count) => shown(flat(Array.from({ length: count }, (_, i) => (i % 3) / 2))),
    reals: (count) => ({ samples: shown(flat(Array.from({ length: count }, (_, i) => (i % 5) / 4))) }),
    noise: (count, draw = 0) => Float32Array.from({ length: 2 * count }, (_, i) => ((i * 37 + draw * 11) % 100) / 100),
    noiseAt: (shares) => shares,
    generate: async ({ z }) => flat(firsts(z)),
    judge: async (samples) => new Float32Array(samples.length / PIXELS).fill(0.5),
    surface: async () => {
      throw new TypeError('images lie on no plane');
    },
    pull: async (points) => points,
    shown,
    seen: (samples) => Float32Array.from(samples.data, (byte) => byte / 255),
    ...change,
  };
};
const encode = async (samples: Float32Array): Promise<Float32Array> =>
  Float32Array.from({ length: (samples.length / PIXELS) * 2 }, (_, i) =>
    i % 2 === 0 ? (samples[(i / 2) * PIXELS] as number) : 1,
  );
/** Layers 0 and 1 add half of the grey each. */
const styled: PanelSubject['styled'] = {
  layers: 4,
  generate: async ({ z, truncation, mixing }) => {
    const count = z.length / 2;
    return Float32Array.from({ length: count * PIXELS }, (_, at) => {
      const i = Math.floor(at / PIXELS);
      const [coarse, fine] = [z[2 * i] as number, (mixing?.second ?? z)[2 * i] as number];
      const share = (mixing?.from ?? 4) / 4;
      return 0.5 + (share * coarse + (1 - share) * fine - 0.5) * ((truncation?.[i] ?? 1) / 2);
    });
  },
};

async function made(name: Parameters<typeof makePanel>[0], subject: PanelSubject, header = 0) {
  const { png, json } = await makePanel(name, subject);
  const { width, channels, data } = decode(png);
  const step = 4 * SIDE + 2;
  /** The grey in the middle of an image, 0…1. */
  const at = (row: number, column: number): number => {
    const [x, y] = [2 + column * step + 20, header + 2 + row * step + 20];
    return (data[(y * width + x) * channels] as number) / 255;
  };
  return { at, data: JSON.parse(new TextDecoder().decode(json)) };
}

it('image models have grids and strips; encoders and styles add theirs', () => {
  expect(panelsOf(greys())).toEqual(['fixed-noise', 'lerp', 'slerp', 'd-response']);
  expect(panelsOf(greys({ encode }))).toContain('reconstructions');
  expect(panelsOf(greys({ styled }))).toEqual(expect.arrayContaining(['truncation', 'style-mixing']));
});

describe('nearest training images', () => {
  it('stand below generated ones, each the nearest of all, with its number and distance', async () => {
    // The greys 0, 1/1000 … 1 in turn; half of one is number 500.
    const trained: ImageReals = {
      kind: 'images',
      count: 1_001,
      height: SIDE,
      width: SIDE,
      channels: 1,
      copy: (positions, out) =>
        positions.forEach((position, i) => {
          out.fill(Math.round((position * 255) / 1_000), i * PIXELS, (i + 1) * PIXELS);
        }),
    };
    const { at, data } = await made('nearest-reals', greys({ trained }));
    for (const column of [0, 1, 2, 5]) expect(at(1, column)).toBeCloseTo((column % 3) / 2, 2);
    expect(data.positions).toHaveLength(24);
    expect(data.positions[0]).toBeLessThan(3);
    expect(Math.abs(data.positions[1] - 500)).toBeLessThan(4);
    expect(Math.abs(data.positions[2] - 1_000)).toBeLessThan(4);
    expect(Math.max(...data.distances)).toBe(0);
    const far = await made(
      'nearest-reals',
      greys({ trained, made: () => greys().shown(new Float32Array(PIXELS).fill(1)) }),
    );
    expect(far.data).toMatchObject({ trained: 1_001, distances: [0] });
  });

  it('are for images of any maker; the plane has its points instead', () => {
    expect(panelsOf(greys())).not.toContain('nearest-reals');
    const { reals, made: some } = greys();
    expect(samplePanelsOf({ law: null, trained: { ...({} as ImageReals) }, reals, made: some })).toEqual([
      'nearest-reals',
    ]);
    expect(samplePanelsOf({ law: 'ring8', trained: null, reals, made: some })).toEqual(['plane-samples']);
  });
});

describe('the grid of fixed noise', () => {
  it('shows what G makes of it, the noise beside it', async () => {
    const { at, data } = await made('fixed-noise', greys());
    expect(data.z).toHaveLength(64);
    expect(at(1, 3)).toBeCloseTo(data.z[11][0], 2);
  });

  it('has a row a class, at most ten', async () => {
    const classes: number[] = [];
    await made(
      'fixed-noise',
      greys({
        classCount: 12,
        generate: async (latents) => {
          classes.push(...Array.from(latents.classes ?? []));
          return greys().generate(latents);
        },
      }),
    );
    expect(classes).toHaveLength(80);
    expect(classes.slice(6, 10)).toEqual([0, 0, 1, 1]);
  });
});

describe('interpolation', () => {
  it('leads in equal steps from end to end', async () => {
    const { at, data } = await made('lerp', greys());
    const [from, to] = [data.ends[4][0], data.ends[5][0]] as [number, number];
    expect(at(2, 0)).toBeCloseTo(from, 2);
    expect(at(2, 7)).toBeCloseTo(to, 2);
    expect(at(2, 3)).toBeCloseTo(from + (3 / 7) * (to - from), 2);
    for (const step of data.steps[2]) expect(step).toBeCloseTo(((to - from) / 7) ** 2, 3);
  });

  it('keeps the length along the sphere, which the straight line does not', () => {
    const [a, b] = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
    expect([...slerp(a, b, 1 / 3)]).toEqual([expect.closeTo(Math.cos(Math.PI / 6), 6), expect.closeTo(0.5, 6)]);
    expect(Math.hypot(...lerp(a, b, 0.5))).toBeCloseTo(Math.SQRT1_2, 6);
    expect(slerp(a, a, 0.4)).toEqual(a);
  });
});

describe('reconstructions', () => {
  it('stand below their originals, their error beside that of the mean image', async () => {
    const dull = greys({
      encode,
      generate: async (latents) => (await greys().generate(latents)).map((grey) => grey / 2),
    });
    const { at, data } = await made('reconstructions', dull);
    // Greys 0, ¼, ½, ¾, 1 in turn.
    expect([at(0, 4), at(1, 4), at(2, 0), at(3, 0)].map((grey) => grey.toFixed(2))).toEqual([
      '1.00',
      '0.50',
      '0.75',
      '0.38',
    ]);
    expect(data.meanSquareError).toBeCloseTo((0 + 1 / 16 + 1 / 4 + 9 / 16 + 1) / 5 / 4, 2);
    expect(data.errorOfMeanImage).toBeCloseTo(1 / 8, 2);
    // Greys in five steps, and ones only: Φ(0) = ½ at the first fifth, Φ(1) where all ones lie.
    expect(data.codeNormality.statistic).toEqual([expect.closeTo(0.5, 3), expect.closeTo(0.8413, 3)]);
    expect(data.codeNormality.p).toEqual([expect.closeTo(0, 6), expect.closeTo(0, 6)]);
    expect(data.codeMoments).toEqual({ mean: [expect.closeTo(0.5, 2), 1], variance: [expect.closeTo(0.125, 2), 0] });
  });
});

describe('latents and the numbers behind images', () => {
  const known = (follows: (first: number) => number): PanelSubject =>
    greys({
      vectorLength: 2,
      reals: async (count) => {
        const vectors = Float32Array.from({ length: 2 * count }, (_, i) => ((i * 29) % 101) / 101);
        const images = greys().shown(await greys().generate({ z: vectors.map((value) => follows(value)) }));
        return { samples: images, vectors };
      },
    });

  it('correspond where G makes of the numbers what they stand for', async () => {
    const { data, at } = await made(
      'latent-correspondence',
      known((first) => first),
    );
    expect(data.p).toBeCloseTo(1 / 2001, 6);
    expect(data.ofPairs).toBe(0);
    // The grey tells the first number and little of the second; G's images say the same as the real ones.
    expect(data.probe.images.each[0]).toBeCloseTo(1, 3);
    expect(data.probe.images.each[1]).toBeLessThan(0.6);
    expect(data.probe.made.each[0]).toBeCloseTo(1, 3);
    expect(data.probe.codes).toBeUndefined();
    expect(data.ofShuffled).toHaveLength(2_000);
    expect(at(1, 3)).toBeCloseTo(at(0, 3), 2);
  });

  it('do not where it makes the opposite of them; what E sees of an image still tells them', async () => {
    const { data } = await made('latent-correspondence', {
      ...known((first) => 1 - first),
      encode,
    });
    expect(data.p).toBeGreaterThan(0.95);
    expect(data.probe.made.each[0]).toBeLessThan(-1);
    expect(data.probe.codes.each[0]).toBeCloseTo(1, 3);
  });

  it('are shuffled evenly: of three pairs, each of six orders comes up as often', () => {
    // Orders are told apart by the sum of their distances.
    const { ofShuffled, p } = permutationTest(Float64Array.of(0, 1, 2, 10, 20, 30, 100, 200, 400), 3, 6_000);
    const counts = new Map<string, number>();
    for (const mean of ofShuffled) counts.set(mean.toFixed(6), (counts.get(mean.toFixed(6)) ?? 0) + 1);
    expect(counts.size).toBe(6);
    for (const found of counts.values()) expect(Math.abs(found - 1_000)).toBeLessThan(120);
    expect(p).toBe(1);
  });
});

describe('styles', () => {
  it('are drawn to their mean and past it', async () => {
    const { at, data } = await made('truncation', greys({ styled }), 15);
    const grey = 0.5 + (data.z[1][0] - 0.5) / 2;
    expect(at(1, 2)).toBeCloseTo(0.5, 2);
    expect(at(1, 6)).toBeCloseTo(grey, 2);
    expect(at(1, 0)).toBeCloseTo(1 - grey, 2);
  });

  it('mix the coarse ones of the left with the fine ones from above; the further the crossover, the nearer to the left', async () => {
    const { at, data } = await made('style-mixing', greys({ styled }), 15);
    expect(at(3, 5)).toBeCloseTo((at(3, 0) + at(0, 5)) / 2, 2);
    expect(data.crossovers.map(({ from }: { from: number }) => from)).toEqual([1, 2, 3]);
    const [first, , last] = data.crossovers;
    expect(first.toCoarse).toBeGreaterThan(first.toFine);
    expect(last.toCoarse).toBeLessThan(last.toFine);
  });
});
