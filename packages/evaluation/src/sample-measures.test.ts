import { type ImageReals, lawModes, type PlaneReals } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { sampleMeasures } from './sample-measures.ts';

const centres = lawModes('ring8')?.centres ?? [];
/** Exactly the centres, one after another. */
const ring: PlaneReals = {
  kind: 'plane',
  draw: (_seed, _draw, out) => {
    for (let i = 0; i < out.length / 2; i++) out.set(centres[i % 8] ?? [], 2 * i);
  },
};
const points = (each: (i: number) => readonly [number, number]) => ({
  kind: 'points' as const,
  count: 800,
  data: Float32Array.from({ length: 1_600 }, (_, i) => each(i >> 1)[i % 2] as number),
});

/** Images of one grey value each. */
const greys = (values: readonly number[]): ImageReals => ({
  kind: 'images',
  count: values.length,
  height: 32,
  width: 32,
  channels: 3,
  copy: (positions, out) => {
    for (const [i, position] of positions.entries()) out.fill(values[position] as number, i * 3_072, (i + 1) * 3_072);
  },
});
const pictures = (values: readonly number[]) => {
  const { count, height, width, channels, copy } = greys(values);
  const data = new Uint8Array(count * height * width * channels);
  copy(
    Uint32Array.from(values, (_, i) => i),
    data,
  );
  return { kind: 'images' as const, count, height, width, channels, data };
};

describe('measures of samples of the plane', () => {
  const measure = sampleMeasures({ train: ring, law: 'ring8' });
  it('are 1 and every mode for the law itself', () => {
    const { sampleDiversity, sampleModes } = measure(points((i) => centres[i % 8] ?? [0, 0])) ?? {};
    expect(sampleDiversity).toBeCloseTo(1, 6);
    expect(sampleModes).toBe(8);
  });
  it('are 0 and one mode for a single point', () => {
    expect(measure(points(() => centres[3] ?? [0, 0]))).toEqual({ sampleDiversity: 0, sampleModes: 1 });
  });
  it('leave out a mode with less than a quarter of its share, and points between modes', () => {
    // 1 in 50 at the first mode is below 1 in 32.
    const few = points((i) => (i % 50 === 0 ? centres[0] : i % 2 === 0 ? centres[1] : [0, 0]) ?? [0, 0]);
    expect(measure(few)?.sampleModes).toBe(1);
  });
  it('are not there when a point is not finite', () => {
    expect(measure(points(() => [Number.NaN, 0]))).toBeNull();
  });
});

describe('measures of images', () => {
  const measure = sampleMeasures({ train: greys([0, 100, 200]), heldOut: greys([10, 110, 190]) });
  it('compare distances between fakes with those between reals', () => {
    expect(measure(pictures([0, 50, 100]))?.sampleDiversity).toBeCloseTo(0.5, 6);
  });
  it('tell copies from new images by the distance of held-out ones', () => {
    expect(measure(pictures([0, 0, 100, 200, 200]))?.sampleNovelty).toBe(0);
    expect(measure(pictures([20, 80, 180]))?.sampleNovelty).toBeCloseTo(2, 6);
  });
  it('have no novelty for a large training set', () => {
    const large = sampleMeasures({
      train: greys(Array.from({ length: 2_001 }, (_, i) => i % 256)),
      heldOut: greys([3]),
    });
    expect(large(pictures([1, 2]))?.sampleNovelty).toBeUndefined();
  });
});
