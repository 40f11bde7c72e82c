import { expect, it } from 'vitest';
import { SGD, smallPlane } from '../test/small-runs.ts';
import { adamCorrectionsOf } from './adam-corrections.ts';
import { adamCorrections } from './optimisers.ts';

it.each([
  { beta1: 0, beta2: 0.9 },
  { beta1: 0.5, beta2: 0.99 },
  { beta1: 0.9, beta2: 0.999 },
])('the corrections for %j are the formula’s to the last bit, also where they have become 1', (decays) => {
  const { beta1, beta2 } = decays;
  const { D } = adamCorrectionsOf(smallPlane({ dSteps: 2, beta1D: beta1, beta2 }));
  const formula = Array.from({ length: 20_000 }, (_, update) => adamCorrections(update + 1, decays)).flat();
  const told = D?.(0, 20_000) ?? [];
  expect([...Float32Array.from(formula).entries()].filter(([i, value]) => value !== told[i])).toEqual([]);
  expect(told.at(-2)).toBe(1);
});

it('gradient descent has no corrections', () => {
  expect(adamCorrectionsOf(smallPlane(SGD))).toEqual({});
});
