import { describe, expect, it } from 'vitest';
import { lowPass } from './low-pass.ts';

describe('a low-pass filter', () => {
  it.each([
    // scipy.signal.firwin(12, 3.36, width=9.28, fs=32) and firwin(12, 16, width=7.4, fs=64), their first halves.
    [
      { cutoff: 3.36, halfWidth: 4.64, rate: 32 },
      [-0.0011232568922662474, 0.0021897794989661945, 0.027231195498947095, 0.0859284001542587, 0.1641781005484216],
    ],
    [
      { cutoff: 16, halfWidth: 3.7, rate: 64 },
      [0.023355641566857724, 0.03443293554549776, -0.05086779322169142, -0.0786070946672496, 0.13960907607281098],
    ],
  ])('has the taps of another library', (band, expected) => {
    const taps = lowPass(12, band);
    for (const [i, tap] of expected.entries()) {
      expect(taps[i]).toBeCloseTo(tap, 8);
      expect(taps[11 - i]).toBeCloseTo(tap, 8);
    }
  });

  it('keeps a constant, and stops what lies beyond its band', () => {
    const taps = lowPass(24, { cutoff: 4, halfWidth: 4, rate: 32 });
    const gain = (cycles: number): number =>
      Math.hypot(
        taps.reduce((sum, tap, i) => sum + tap * Math.cos((2 * Math.PI * cycles * i) / 32), 0),
        taps.reduce((sum, tap, i) => sum + tap * Math.sin((2 * Math.PI * cycles * i) / 32), 0),
      );
    expect(gain(0)).toBeCloseTo(1, 12);
    expect(gain(4)).toBeCloseTo(0.5, 1);
    for (const cycles of [9, 11, 13, 16]) expect(gain(cycles)).toBeLessThan(1e-3);
  });

  it('of one tap changes nothing', () => {
    expect(lowPass(1, { cutoff: 1, halfWidth: 1, rate: 2 })).toEqual([1]);
  });
});
