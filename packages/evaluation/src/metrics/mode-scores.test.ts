import { lawModes } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { featureMatrix } from './feature-matrix.ts';
import { modeScores } from './mode-scores.ts';

const ring = lawModes('ring8') ?? { centres: [], sigma: 0 };
const at = (modes: readonly number[]) =>
  featureMatrix(
    modes.flatMap((mode) => [...(ring.centres[mode] ?? [])]),
    2,
  );

describe('mode scores', () => {
  it.each([
    ['all eight modes', [0, 1, 2, 3, 4, 5, 6, 7], 8, 0, 0, 0],
    ['four modes used equally', [0, 1, 2, 3], 4, Math.LN2, 0.2157616, 1 / 4],
    ['one mode', [5, 5, 5], 1, Math.log(8), 0.4969291, 9 / 8 - 9 / 64],
  ])('of %s', (_, samples, modes, kl, js, variance) => {
    const found = modeScores({ points: at(samples), modes: ring, sigmas: 3 });
    expect(found.modes).toBe(modes);
    expect(found.highQuality).toBe(1);
    expect(found.kl).toBeCloseTo(kl, 12);
    expect(found.js).toBeCloseTo(js, 7);
    expect(found.entropy).toBeCloseTo(Math.log(8) - kl, 12);
    expect(found.countVariance).toBeCloseTo(variance, 12);
  });

  it('count a sample within three sigma only', () => {
    const points = featureMatrix([1.0299, 0, 1.0301, 0, 0, 0], 2);
    const found = modeScores({ points, modes: ring, sigmas: 3 });
    expect(found.counts).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
    expect(found.highQuality).toBeCloseTo(1 / 3, 14);
  });

  it('are at their worst without a single sample near a mode', () => {
    const found = modeScores({ points: featureMatrix([0, 0, 0.1, 0.1], 2), modes: ring, sigmas: 3 });
    expect(found).toMatchObject({ modes: 0, highQuality: 0 });
    expect(found.entropy).toBeCloseTo(0, 12);
    expect(found.countVariance).toBeCloseTo(4 / 8 - 4 / 64, 12);
    expect(found.kl).toBeCloseTo(Math.log(8), 12);
    expect(found.js).toBeCloseTo(0.4969291, 7);
  });
});
