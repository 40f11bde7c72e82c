import { expect, it } from 'vitest';
import { measureNeighbours } from './neighbours.ts';

it('draws both sides of one law, so that density is about 1 and coverage about 1 − 2⁻ᵏ, and no side is a copy', () => {
  const { rows, precision, recall, density, coverage, seconds } = measureNeighbours({ columns: 3, k: 5 }, 400);
  expect(rows).toBe(400);
  expect(Math.abs(density - 1)).toBeLessThan(0.12);
  expect(Math.abs(coverage - 0.96875)).toBeLessThan(0.03);
  for (const share of [precision, recall]) expect(share).toBeGreaterThan(0.85);
  expect(precision * recall).toBeLessThan(1);
  expect(seconds).toBeGreaterThan(0);
});
