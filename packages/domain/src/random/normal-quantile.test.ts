import { describe, expect, it } from 'vitest';
import { normalQuantile } from './normal-quantile.ts';

describe('the normal quantile', () => {
  // Published values (Wichura 1988, AS 241, and the usual tables), to the digits of a double.
  it.each([
    [0.5, 0],
    [0.25, -0.6744897501960817],
    [0.975, 1.959963984540054],
    [0.001, -3.090232306167813],
    [1e-9, -5.997807015007686],
    [1e-20, -9.262340089798409],
  ])('of %f is %f', (probability, z) => {
    expect(Math.abs(normalQuantile(probability) - z)).toBeLessThan(1e-14 * Math.max(1, Math.abs(z)) * 4);
  });

  it('is odd around one half', () => {
    for (const p of [0.01, 0.1, 0.3, 0.46]) expect(normalQuantile(1 - p)).toBeCloseTo(-normalQuantile(p), 13);
  });
});
