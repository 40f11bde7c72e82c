import { describe, expect, it } from 'vitest';
import { thinCurves } from './thin-curves.ts';

const points = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ imagesSeen: from + i + 1, values: { lossD: from + i + 1 } }));

describe('curves of a training without an end', () => {
  it('keep every point while they are few', () => {
    const curves = thinCurves();
    curves.add(points(0, 1_500));
    expect(curves.curve('lossD').images).toHaveLength(1_500);
    expect(curves.curve('lossG').values.every((value) => value === null)).toBe(true);
  });

  it('become means of neighbours when they are many, and never grow past two thousand', () => {
    const curves = thinCurves();
    for (let i = 0; i < 100; i++) curves.add(points(i * 97, (i + 1) * 97));
    const { images, values } = curves.curve('lossD');
    expect(images.length).toBeLessThan(2_000);
    expect(images.at(-1)).toBe(9_700);
    // The value is the images seen, so the mean of eight neighbours lies three and a half before the last.
    expect(images.slice(0, -1).every((seen, i) => Math.abs(seen - 3.5 - (values[i] as number)) < 1e-9)).toBe(true);
  });
});
