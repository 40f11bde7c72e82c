import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { makePanel, makeSamplePanel, panelsOf } from './make-panel.ts';
import type { PanelSubject } from './panel-subject.ts';

/** A plane where D believes what lies to the right, G moves its uniform noise onto [−1, 1]², and reals sit at (1, 0). */
const plane = (change: Partial<PanelSubject> = {}): PanelSubject => ({
  law: 'ring8',
  nz: 2,
  vectorLength: 0,
  classCount: 0,
  trained: null,
  made: (count) => ({ kind: 'points', count, data: new Float32Array(2 * count).fill(0.5) }),
  reals: (count) => ({
    samples: { kind: 'points', count, data: Float32Array.from({ length: 2 * count }, (_, i) => 1 - (i % 2)) },
  }),
  noise: (count) => Float32Array.from({ length: 2 * count }, (_, i) => ((i * 7919) % 1000) / 1000),
  noiseAt: (shares) => shares.slice(),
  generate: async ({ z }) => z.map((share) => 2 * share - 1),
  judge: async (points) => Float32Array.from({ length: points.length / 2 }, (_, i) => sigmoid(points[2 * i] as number)),
  surface: async (points) =>
    Float32Array.from({ length: points.length / 2 }, (_, i) => sigmoid(points[2 * i] as number)),
  pull: async (points) => Float32Array.from(points, (x, i) => (i % 2 === 0 ? sigmoid(x) * (1 - sigmoid(x)) : 0)),
  shown: (data) => ({ kind: 'points', count: data.length / 2, data }),
  seen: ({ data }) => Float32Array.from(data),
  ...change,
});
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-4 * x));

async function made(name: Parameters<typeof makePanel>[0], subject: PanelSubject) {
  const { png, json } = await makePanel(name, subject);
  const picture = decode(png);
  const at = (x: number, y: number): readonly number[] => {
    const from = (y * picture.width + x) * 3;
    return Array.from(picture.data.slice(from, from + 3));
  };
  return { picture, at, data: JSON.parse(new TextDecoder().decode(json)) };
}

describe('panels', () => {
  it('are those that the networks and the data have something to show for', () => {
    expect(panelsOf(plane())).toEqual(['d-surface', 'g-manifold', 'd-response']);
  });
});

describe('points of any maker', () => {
  it('are drawn over real ones, with their numbers beside', async () => {
    const { png, json } = await makeSamplePanel('plane-samples', plane());
    const data = JSON.parse(new TextDecoder().decode(json));
    expect(data).toMatchObject({ panel: 'plane-samples', reals: Array(400).fill([1, 0]) });
    expect(data.made).toEqual(Array(400).fill([0.5, 0.5]));
    const { width, data: bytes } = decode(png);
    // The ring's box is ±1.8: the point (1, 0) lies right of the middle, (.5, .5) above it.
    const at = (x: number, y: number): readonly number[] => {
      const [column, row] = [((x + 1.8) / 3.6) * width, ((1.8 - y) / 3.6) * width].map(Math.round) as [number, number];
      return Array.from(bytes.slice((row * width + column) * 3, (row * width + column) * 3 + 3));
    };
    const [real, fake] = [at(1, 0), at(0.5, 0.5)] as [readonly number[], readonly number[]];
    expect(real[2]).toBeGreaterThan(real[0] as number);
    expect(fake[0]).toBeGreaterThan(fake[2] as number);
    expect(at(-1, -1)).toEqual(at(-1.5, -1));
  });
});

describe('D over the plane', () => {
  it('is blue where points pass for real, orange where they do not, with its numbers beside it', async () => {
    const { at, data } = await made('d-surface', plane());
    // ±1.5 with a margin of a tenth: the corners are ±1.8 away.
    const [left, right] = [at(2, 2), at(381, 2)] as [readonly number[], readonly number[]];
    expect(left[0]).toBeGreaterThan(left[2] as number);
    expect(right[2]).toBeGreaterThan(right[0] as number);
    expect(data.axis).toHaveLength(64);
    expect(data.axis[0]).toBeCloseTo(-1.8 + 3.6 / 128, 5);
    expect(data.probabilities[63]).toBeCloseTo(sigmoid(data.axis[63]), 3);
    expect(data.probabilities[64]).toBeCloseTo(sigmoid(data.axis[0]), 3);
    expect(data.gradients.of[0][1]).toBe(0);
    expect(data.made).toHaveLength(400);
    expect(data.reals[0]).toEqual([1, 0]);
  });
});

describe("G's lattice", () => {
  it('parts the noise into equal shares, other numbers at their median', async () => {
    const seen: Float32Array[] = [];
    const { data } = await made(
      'g-manifold',
      plane({
        nz: 3,
        noiseAt: (shares) => {
          seen.push(shares);
          return shares;
        },
        generate: async ({ z }) =>
          Float32Array.from({ length: (z.length / 3) * 2 }, (_, i) => z[3 * (i >> 1) + (i % 2)] as number),
      }),
    );
    const [lattice] = seen as [Float32Array];
    expect(lattice).toHaveLength(25 * 25 * 3);
    expect([...lattice.slice(0, 3)].map((share) => Number(share.toFixed(4)))).toEqual([0.005, 0.005, 0.5]);
    const steps = data.shares.slice(1).map((share: number, i: number) => share - data.shares[i]);
    for (const step of steps) expect(step).toBeCloseTo(0.99 / 24, 4);
    expect(data.made[1]).toEqual([data.shares[1], data.shares[0]]);
  });

  it('has the more ink, the more G squeezes its noise together', async () => {
    const inkOf = async (width: number): Promise<number> => {
      const { at } = await made(
        'g-manifold',
        plane({ generate: async ({ z }) => z.map((share) => width * (share - 0.5)) }),
      );
      // The lightest pixels beside the middle of the picture lie between two lines of the lattice: only a cell inks them.
      const square = [193, 194, 195, 196, 197, 198, 199, 200];
      return 250 - Math.max(...square.flatMap((x) => square.map((y) => at(x, y)[2] as number)));
    };
    const [squeezed, plain] = [await inkOf(1.5), await inkOf(3)];
    expect(plain).toBeGreaterThan(0);
    expect(squeezed).toBeGreaterThan(2 * plain);
  });

  it('is a line where the noise is one number', async () => {
    const subject = plane({
      nz: 1,
      generate: async ({ z }) => Float32Array.from([...z].flatMap((share) => [2 * share - 1, 0])),
    });
    const { at, data } = await made('g-manifold', subject);
    expect(data.directions).toBe(1);
    expect(at(192, 192)[0]).toBeGreaterThan(at(192, 192)[2] as number);
    expect(at(192, 120)).toEqual([250, 250, 252]);
  });
});

describe("D's answers", () => {
  it('are counted in forty bins for reals and for generated samples, with their mean and variation', async () => {
    const { data } = await made('d-response', plane());
    // All reals lie at (1, 0): σ(4) = .982 is in the last bin but none.
    expect(data.reals[39]).toBe(2_000);
    expect(data.made.reduce((a: number, b: number) => a + b)).toBe(2_000);
    expect(data.summaries.reals).toMatchObject({
      mean: expect.closeTo(sigmoid(1), 4),
      variation: expect.closeTo(0, 3),
    });
    expect(data.summaries.made.least).toBeLessThan(0.05);
  });
});
