import { describe, expect, it } from 'vitest';
import { decodePicture } from '../src/readers/pictures/decode-picture.ts';
import { BadPicture, type DecodedPicture } from '../src/readers/pictures/picture.ts';
import { squareOf } from '../src/readers/pictures/square-of.ts';
import { chunk, header, jpeg, plainPng, png } from './picture-files.ts';

const WHITE = [255, 255, 255] as const;
const pixel = ({ rgba, width }: DecodedPicture, x: number, y: number): number[] =>
  Array.from(rgba.subarray(4 * (y * width + x), 4 * (y * width + x) + 4));

describe('a PNG', () => {
  it.each([
    [
      'grey of 1 bit',
      { depth: 1, colour: 0 },
      [0b10100000],
      [
        [255, 255, 255, 255],
        [0, 0, 0, 255],
        [255, 255, 255, 255],
      ],
    ],
    [
      'grey of 2 bits',
      { depth: 2, colour: 0 },
      [0b00011100],
      [
        [0, 0, 0, 255],
        [85, 85, 85, 255],
        [255, 255, 255, 255],
      ],
    ],
    [
      'grey of 4 bits',
      { depth: 4, colour: 0 },
      [0x0f, 0x80],
      [
        [0, 0, 0, 255],
        [255, 255, 255, 255],
        [136, 136, 136, 255],
      ],
    ],
    [
      'grey of 8 bits',
      { depth: 8, colour: 0 },
      [7, 8, 9],
      [
        [7, 7, 7, 255],
        [8, 8, 8, 255],
        [9, 9, 9, 255],
      ],
    ],
    [
      'grey of 16 bits',
      { depth: 16, colour: 0 },
      [0xff, 0xff, 0x7f, 0xff, 0, 0x80],
      [
        [255, 255, 255, 255],
        [127, 127, 127, 255],
        [0, 0, 0, 255],
      ],
    ],
    [
      'grey with opacity',
      { depth: 8, colour: 4 },
      [7, 1, 8, 2, 9, 3],
      [
        [7, 7, 7, 1],
        [8, 8, 8, 2],
        [9, 9, 9, 3],
      ],
    ],
    [
      'colours of 16 bits with opacity',
      { depth: 16, colour: 6 },
      [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0, 9, 0, 10, 0, 11, 0, 12, 0],
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
        [9, 10, 11, 12],
      ],
    ],
  ] as const)('of %s is decoded', async (_, kind, row, pixels) => {
    const picture = await decodePicture(png(header(3, 1, kind), Uint8Array.of(0, ...row)));
    expect([0, 1, 2].map((x) => pixel(picture, x, 0))).toEqual(pixels);
  });

  it('with a palette has its colours and their opacity', async () => {
    const picture = await decodePicture(
      png(header(3, 1, { depth: 2, colour: 3 }), Uint8Array.of(0, 0b00011000), {
        before: [chunk('PLTE', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9)), chunk('tRNS', Uint8Array.of(10, 20))],
      }),
    );
    expect([0, 1, 2].map((x) => pixel(picture, x, 0))).toEqual([
      [1, 2, 3, 10],
      [4, 5, 6, 20],
      [7, 8, 9, 255],
    ]);
  });

  it('with one clear colour has it clear', async () => {
    const picture = await decodePicture(
      png(header(2, 1), Uint8Array.of(0, 1, 2, 3, 1, 2, 4), {
        before: [chunk('tRNS', Uint8Array.of(0, 1, 0, 2, 0, 3))],
      }),
    );
    expect([pixel(picture, 0, 0), pixel(picture, 1, 0)]).toEqual([
      [1, 2, 3, 0],
      [1, 2, 4, 255],
    ]);
  });

  it('undoes each of the five filters', async () => {
    // 2×5 grey pixels; each row says 10 and 20 above, or what is left of them after its filter.
    const rows = Uint8Array.of(0, 10, 20, 1, 10, 10, 2, 0, 0, 3, 5, 5, 4, 0, 10);
    const picture = await decodePicture(png(header(2, 5, { colour: 0 }), rows));
    expect([0, 1, 2, 3, 4].map((y) => [pixel(picture, 0, y)[0], pixel(picture, 1, y)[0]])).toEqual([
      [10, 20],
      [10, 20],
      [10, 20],
      [10, 20],
      [10, 30],
    ]);
  });

  it('is put together from its seven passes where it is interlaced', async () => {
    const side = 9;
    const value = (x: number, y: number): number => 9 * y + x;
    const passes = [
      [0, 0, 8, 8],
      [4, 0, 8, 8],
      [0, 4, 4, 8],
      [2, 0, 4, 4],
      [0, 2, 2, 4],
      [1, 0, 2, 2],
      [0, 1, 1, 2],
    ] as const;
    const rows: number[] = [];
    for (const [left, top, stepX, stepY] of passes)
      for (let y = top; y < side; y += stepY) {
        rows.push(0);
        for (let x = left; x < side; x += stepX) rows.push(value(x, y));
      }
    const picture = await decodePicture(png(header(side, side, { colour: 0, interlace: 1 }), Uint8Array.from(rows)));
    for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) expect(pixel(picture, x, y)[0]).toBe(value(x, y));
  });
});

describe('a JPEG', () => {
  it.each([
    ['baseline', {}],
    ['progressive', { progressive: true }],
    ['of an odd size', { width: 37, height: 21 }],
  ])('is decoded when it is %s, close to what was encoded', async (_, kind) => {
    const picture = await decodePicture(await jpeg(3, kind));
    const [x, y] = [10, 12];
    const expected = [128 + 100 * Math.sin((x + 3) / 5), 128 + 100 * Math.cos((y - 3) / 7), (x + y) * 3];
    for (const [i, value] of expected.entries())
      expect(Math.abs((pixel(picture, x, y)[i] as number) - value)).toBeLessThan(12);
  });

  it('of grey has equal colours', async () => {
    const picture = await decodePicture(await jpeg(3, { grey: true }));
    const [red, green, blue] = pixel(picture, 5, 5);
    expect([green, blue]).toEqual([red, red]);
  });

  it('is decoded after one that could not be', async () => {
    const whole = await jpeg(1);
    const broken = Buffer.from(whole);
    broken.fill(0x55, 30, 200);
    await expect(decodePicture(broken)).rejects.toThrow(BadPicture);
    expect((await decodePicture(whole)).width).toBe(24);
  });
});

describe('the square of a picture', () => {
  const grey = (side: number): DecodedPicture => ({
    width: side,
    height: side,
    rgba: Uint8Array.from({ length: 4 * side * side }, (_, i) => {
      const [x, y] = [Math.floor(i / 4) % side, Math.floor(i / 4 / side)];
      return i % 4 === 3 ? 255 : (37 * y + 101 * x + 7 * x * y) % 256;
    }),
  });

  // From torch 2.15: interpolate(x, size, mode='bicubic', antialias=True, align_corners=False) in float64, clamped, rounded.
  it.each([
    [9, 4, [105, 145, 151, 118, 132, 123, 130, 136, 138, 129, 126, 146, 111, 156, 144, 105]],
    [64, 3, [125, 123, 129, 125, 124, 125, 125, 133, 128]],
    [
      5,
      8,
      [
        0, 32, 105, 186, 160, 46, 96, 151, 5, 48, 124, 216, 192, 70, 129, 192, 32, 77, 155, 234, 213, 111, 162, 215, 54,
        111, 176, 122, 111, 145, 103, 66, 77, 144, 208, 84, 78, 189, 96, 11, 99, 167, 235, 129, 125, 223, 145, 72, 137,
        123, 107, 127, 126, 104, 118, 131, 161, 86, 7, 119, 120, 10, 91, 167,
      ],
    ],
  ])('of %i pixels is resized to %i as torch does it', (from, to, expected) => {
    const resized = squareOf(grey(from), { side: to, channels: 1, background: WHITE });
    for (const [i, value] of resized.entries())
      expect(Math.abs(value - (expected[i] as number))).toBeLessThanOrEqual(1);
    expect(Array.from(resized).filter((value, i) => value !== expected[i]).length).toBeLessThanOrEqual(1);
  });

  it('is cut from the middle', () => {
    const wide: DecodedPicture = {
      width: 5,
      height: 2,
      rgba: Uint8Array.from({ length: 40 }, (_, i) => (i % 4 === 3 ? 255 : Math.floor(i / 4) % 5)),
    };
    expect(Array.from(squareOf(wide, { side: 2, channels: 1, background: WHITE }))).toEqual([1, 2, 1, 2]);
  });

  it('is flattened on its background before it is resized, so that hidden colours do not shine through', () => {
    const hidden: DecodedPicture = {
      width: 2,
      height: 2,
      rgba: Uint8Array.of(200, 0, 0, 0, 0, 0, 0, 255, 200, 0, 0, 0, 0, 0, 0, 255),
    };
    const resized = squareOf(hidden, { side: 1, channels: 3, background: [10, 20, 30] });
    expect(Array.from(resized)).toEqual([5, 10, 15]);
  });

  it('is grey by luma when one channel is asked for', () => {
    const red: DecodedPicture = { width: 1, height: 1, rgba: Uint8Array.of(255, 0, 0, 255) };
    expect(Array.from(squareOf(red, { side: 1, channels: 1, background: WHITE }))).toEqual([76]);
  });
});

it('goes by what a file holds, not by its name', async () => {
  expect((await decodePicture(plainPng(1))).width).toBe(24);
  await expect(decodePicture(Buffer.from('GIF89a…'))).rejects.toThrow('GIF, not PNG or JPEG: convert it');
});
