import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalSteps } from './decimal-steps.ts';

describe('equidistant decimals', () => {
  it.each([
    [{ min: 0, max: 0.3, q: 0.1 }, [0, 0.1, 0.2, 0.3]],
    [{ min: 0.1, max: 0.35, q: 0.1 }, [0.1, 0.2, 0.3]],
    [{ min: 1, max: 4, q: 1 }, [1, 2, 3, 4]],
    [{ min: 1e-6, max: 3e-6, q: 1e-6 }, [1e-6, 2e-6, 3e-6]],
    [{ min: 32, max: 100, q: 32 }, [32, 64, 96]],
  ])('%j are %j, with the last one and without rounding errors', (range, values) => {
    const steps = decimalSteps(range);
    expect(Array.from({ length: Number(steps.count) }, (_, k) => steps.at(k))).toEqual(values);
  });

  it('count a thousand million without listing them', () => {
    expect(decimalSteps({ min: 1, max: 1e9, q: 1 }).count).toBe(1_000_000_000n);
  });

  it('find the position of each of their values and of no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 1, max: 999 }), fc.nat(200), (a, q, k) => {
        const steps = decimalSteps({ min: a / 1000, max: a / 1000 + 1, q: q / 1000 });
        fc.pre(BigInt(k) < steps.count);
        expect(steps.indexOf(steps.at(k))).toBe(k);
        expect(steps.indexOf(steps.at(k) + q / 2000)).toBeNull();
      }),
    );
  });
});
