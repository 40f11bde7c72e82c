import { expect, it } from 'vitest';
import { smallImages } from '../test/small-runs.ts';
import { byteOf } from './image-scale.ts';

it('a pixel becomes a byte by the scale that it was trained in', () => {
  const normalised = byteOf(smallImages());
  expect([-1, 0, 1, 2, -3].map(normalised)).toEqual([0, 128, 255, 255, 0]);
  const plain = byteOf(smallImages({ normalizeInput: false }));
  expect([-1, 0, 0.5, 1].map(plain)).toEqual([0, 0, 128, 255]);
});
