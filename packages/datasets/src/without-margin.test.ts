import type { ImageReals } from '@gansweep/domain';
import { expect, it } from 'vitest';
import { withoutMargin } from './without-margin.ts';

/** Two images of 4 × 5 pixels in two channels: image, row, column and channel as a number. */
const numberOf = (image: number, row: number, column: number, channel: number): number =>
  100 * image + 20 * row + 4 * column + channel;
const images: ImageReals = {
  kind: 'images',
  count: 2,
  height: 4,
  width: 5,
  channels: 2,
  labels: Uint8Array.of(1, 0),
  classes: ['a', 'b'],
  copy: (positions, out) => {
    let at = 0;
    for (const image of positions)
      for (let row = 0; row < 4; row++)
        for (let column = 0; column < 5; column++)
          for (let channel = 0; channel < 2; channel++) out[at++] = numberOf(image, row, column, channel);
  },
};

it('images without their margin are the middle of each, with its class', () => {
  const bare = withoutMargin(images, 1);
  expect(bare).toMatchObject({
    count: 2,
    height: 2,
    width: 3,
    channels: 2,
    margin: 1,
    classes: ['a', 'b'],
    labels: images.labels,
  });
  const out = new Uint8Array(2 * 2 * 3 * 2);
  bare.copy(Uint32Array.of(1, 0), out);
  const wanted = [1, 0].flatMap((image) =>
    [1, 2].flatMap((row) =>
      [1, 2, 3].flatMap((column) => [0, 1].map((channel) => numberOf(image, row, column, channel))),
    ),
  );
  expect([...out]).toEqual(wanted);
});
