import { expect, it } from 'vitest';
import { labelledRows, shrunkPicture } from './labelled-rows.ts';

const grey = (width: number, height: number, value: number) =>
  ({ width, height, channels: 1, data: new Uint8Array(width * height).fill(value) }) as const;

it('rows stand under their labels, pictures beside each other, and a missing one is a grey field', () => {
  const one = labelledRows([{ label: 'lrG 1e-3', pictures: [grey(20, 10, 0), null] }]);
  const both = labelledRows([
    { label: 'lrG 1e-3', pictures: [grey(20, 10, 0), null] },
    { label: 'ü', pictures: [grey(20, 10, 9), grey(20, 10, 200)] },
  ]);
  expect([both.width, both.channels]).toEqual([one.width, 3]);
  expect(both.data.subarray(0, one.data.length - 8 * 3 * one.width)).toEqual(
    one.data.subarray(0, one.data.length - 8 * 3 * one.width),
  );
  const pixel = (picture: typeof both, x: number, y: number) => [
    ...picture.data.subarray((y * picture.width + x) * 3, (y * picture.width + x) * 3 + 3),
  ];
  // 8 of margin, 7 of letters, 4 of distance.
  expect([pixel(one, 8, 18), pixel(one, 8, 19), pixel(one, 27, 28)]).toEqual([
    [250, 250, 250],
    [0, 0, 0],
    [0, 0, 0],
  ]);
  expect(pixel(one, 36, 19)).toEqual([224, 224, 224]);
  const second = one.height - 8 + 8 + 7 + 4;
  expect([pixel(both, 8, second), pixel(both, 36, second)]).toEqual([
    [9, 9, 9],
    [200, 200, 200],
  ]);
  expect(pixel(both, 8, second - 1)).toEqual([250, 250, 250]);
  // The label is there.
  expect(one.data.subarray(8 * 3 * one.width, 15 * 3 * one.width).some((value) => value < 100)).toBe(true);
});

it('a shrunk picture has the mean of its pixels, channel by channel', () => {
  const data = Uint8Array.of(0, 10, 20, 100, 10, 20, 9, 9, 9, 50, 10, 40, 50, 10, 40, 9, 9, 9);
  expect(shrunkPicture({ width: 3, height: 2, channels: 3, data }, 2)).toEqual({
    width: 1,
    height: 1,
    channels: 3,
    data: Uint8Array.of(50, 10, 30),
  });
});
