import { describe, expect, it } from 'vitest';
import { studentQuantile } from './student-t.ts';

describe("Student's quantile", () => {
  // The usual printed table (three decimals), with the ends of its columns.
  it.each([
    [0.975, 1, 12.706],
    [0.975, 2, 4.303],
    [0.975, 3, 3.182],
    [0.975, 4, 2.776],
    [0.975, 5, 2.571],
    [0.975, 9, 2.262],
    [0.975, 10, 2.228],
    [0.975, 19, 2.093],
    [0.975, 29, 2.045],
    [0.975, 30, 2.042],
    [0.975, 60, 2.0],
    [0.975, 120, 1.98],
    [0.95, 1, 6.314],
    [0.95, 10, 1.812],
    [0.995, 7, 3.499],
    [0.9995, 1, 636.619],
    [0.75, 5, 0.727],
  ])('of %f with %i degrees of freedom is %f', (probability, degrees, t) => {
    expect(Math.abs(studentQuantile(probability, degrees) - t)).toBeLessThan(0.00051);
  });

  it.each([0.55, 0.9, 0.975, 0.9999])('has its closed forms for one and two degrees of freedom at %f', (p) => {
    const one = Math.tan(Math.PI * (p - 0.5));
    const two = (2 * p - 1) / Math.sqrt(2 * p * (1 - p));
    expect(studentQuantile(p, 1) / one).toBeCloseTo(1, 11);
    expect(studentQuantile(p, 2) / two).toBeCloseTo(1, 11);
  });

  it('tends to the normal quantile, and is odd', () => {
    expect(studentQuantile(0.975, 1_000_000)).toBeCloseTo(1.959963984540054, 5);
    expect(studentQuantile(0.025, 7)).toBe(-studentQuantile(0.975, 7));
    expect(studentQuantile(0.5, 7)).toBeCloseTo(0, 12);
  });

  it('falls with every degree of freedom', () => {
    for (let degrees = 1; degrees < 200; degrees++)
      expect(studentQuantile(0.975, degrees)).toBeGreaterThan(studentQuantile(0.975, degrees + 1));
  });

  it('refuses what has no quantile', () => {
    expect(() => studentQuantile(1, 3)).toThrow(RangeError);
    expect(() => studentQuantile(0.9, 0)).toThrow(RangeError);
  });
});
