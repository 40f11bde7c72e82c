import { scoresOf } from '@gansweep/domain';
import { expect, it } from 'vitest';
import type { PanelSubject } from '../panels/panel-subject.ts';
import { NETWORK_MEASURES } from './network-protocols.ts';

/** Networks of the plane: D answers with the first coordinate, and its gradient is three times the point. */
function subject(reals: readonly number[]): PanelSubject {
  const points = Float32Array.from(reals.flatMap((x) => [x, 0]));
  return {
    law: 'ring8',
    nz: 2,
    vectorLength: 0,
    classCount: 0,
    trained: null,
    reals: () => ({ samples: { kind: 'points', count: reals.length, data: points } }),
    made: () => Promise.reject(new Error('not asked for')),
    noise: (count) => Float32Array.from({ length: 2 * count }, (_, i) => (i % 4 < 2 ? 0.5 : 0)),
    noiseAt: (shares) => shares,
    generate: ({ z }) => Promise.resolve(z),
    judge: (samples) => Promise.resolve(samples.filter((_, i) => i % 2 === 0)),
    surface: () => Promise.reject(new Error('not asked for')),
    pull: (at) => Promise.resolve(at.map((value) => 3 * value)),
    shown: (data) => ({ kind: 'points', count: data.length / 2, data }),
    seen: (samples) => samples.data as Float32Array,
  };
}

it('what D answers is summed up for both sides', async () => {
  const found = await NETWORK_MEASURES['d-response/v1'](subject([0.2, 0.4, 0.9, 0.5]));
  expect(Object.keys(found.scores)).toEqual(scoresOf('d-response/v1'));
  expect(found).toMatchObject({ fakes: 4, real: { n: 4 } });
  const { scores } = found;
  expect(scores['d-real']).toBeCloseTo(0.5, 6);
  expect([scores['d-real-least'], scores['d-real-most']].map((value) => value?.toFixed(3))).toEqual(['0.200', '0.900']);
  expect(scores['d-real-variation']).toBeCloseTo(Math.sqrt(0.065) / 0.5, 6);
  // Every other fake is at (.5, .5), the others at the origin.
  expect(scores).toMatchObject({ 'd-fake': 0.25, 'd-fake-least': 0, 'd-fake-most': 0.5, 'd-fake-variation': 1 });
  const silent = await NETWORK_MEASURES['d-response/v1'](subject([0, 0]));
  expect(silent.scores).not.toHaveProperty('d-real-variation');
});

it('how steep D is at fakes is a mean length', async () => {
  const found = await NETWORK_MEASURES['d-gradient/v1'](subject([]));
  expect(found.fakes).toBe(2_000);
  expect(found.scores['d-gradient']).toBeCloseTo((3 * Math.SQRT1_2) / 2, 6);
});
