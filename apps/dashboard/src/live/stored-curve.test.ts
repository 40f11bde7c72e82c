import type { Curves } from '@gansweep/contract';
import { describe, expect, it } from 'vitest';
import { compareWithStored, isSameBuild, NOTHING_COMPARED } from './stored-curve.ts';

const curve = (value: readonly number[]) => ({
  images: value.map((_, i) => (i + 1) * 100),
  value: [...value],
  min: [...value],
  max: [...value],
});
const STORED = { series: { lossD: curve([1, 2, 4]), lossG: curve([1, 1, 1]) } } as unknown as Curves;

describe('a live training beside its stored run', () => {
  it.each([
    ['the same backend', {}, true],
    ['another', { name: 'onnx' }, false],
    ['another version', { version: '2' }, false],
    ['another device', { device: 'cpu' }, false],
  ])('is computed alike to the last bit only by the same build: %s', (_, change, alike) => {
    const build = { name: 'wasm', version: '1', device: 'cpu (fused multiply-add)' };
    expect(isSameBuild(build, { ...build, ...change })).toBe(alike);
    expect(isSameBuild(null, build) || isSameBuild(build, null)).toBe(false);
  });

  it('is equal point by point while both losses are', () => {
    const follow = compareWithStored(STORED);
    const first = follow(NOTHING_COMPARED, [{ imagesSeen: 100, values: { lossD: 1, lossG: 1 } }]);
    expect(follow(first, [{ imagesSeen: 200, values: { lossD: 2, lossG: 1 } }])).toEqual({
      compared: 2,
      equal: 2,
      largestShare: 0,
      firstAt: null,
    });
  });

  it('says where the first difference is and how large the largest', () => {
    const follow = compareWithStored(STORED);
    const agreement = follow(NOTHING_COMPARED, [
      { imagesSeen: 100, values: { lossD: 1, lossG: 1 } },
      { imagesSeen: 200, values: { lossD: 2.5, lossG: 1 } },
      { imagesSeen: 300, values: { lossD: 4, lossG: 1.1 } },
      { imagesSeen: 400, values: { lossD: 9, lossG: 9 } },
    ]);
    expect(agreement).toEqual({ compared: 3, equal: 1, largestShare: 0.25, firstAt: 200 });
  });
});
