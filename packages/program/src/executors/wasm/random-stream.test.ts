import { randomStream } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { fastRandomStream } from './random-stream.ts';

const bitsOf = (values: Float32Array | Float64Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const expectSameBits = (actual: Float32Array | Float64Array, expected: Float32Array | Float64Array): void => {
  expect(Buffer.compare(bitsOf(actual), bitsOf(expected))).toBe(0);
};

describe.each([
  [0, 0, 0],
  [1, 2, 77],
  [2 ** 40 + 5, 3, 2 ** 33 + 1],
  [2 ** 32 - 1, 7, 2 ** 32 - 1],
])('the fast random stream at seed %d, stream %i, draw %d', (seed, stream, draw) => {
  const [fast, plain] = [fastRandomStream(seed, stream), randomStream(seed, stream)];

  // One draw, draws as long as nothing and everything that is filled at once, and what is left of a last one.
  it.each([1, 31, 32, 33, 128, 1_023, 1_024, 1_025, 50_001])(
    'gives the bits of the plain one in draws of %i numbers',
    (length) => {
      for (const count of [length, 3 * length, 3 * length - 1])
        for (const kind of ['uniforms', 'normals'] as const)
          for (const Numbers of [Float64Array, Float32Array]) {
            const [actual, expected] = [new Numbers(count), new Numbers(count)];
            fast[kind](draw, actual, length);
            plain[kind](draw, expected, length);
            expectSameBits(actual, expected);
          }
    },
  );

  it.each([1, 15, 16, 17, 64, 511, 512, 513, 5_001])(
    'gives the bits of the plain one in draws of %i points',
    (length) => {
      for (const count of [length, 3 * length, 3 * length - 1]) {
        const numbers = () => ({ uniforms: new Float64Array(count), normals: new Float64Array(2 * count) });
        const [actual, expected] = [numbers(), numbers()];
        fast.points(draw, actual, length);
        plain.points(draw, expected, length);
        expectSameBits(actual.uniforms, expected.uniforms);
        expectSameBits(actual.normals, expected.normals);
      }
    },
  );
});

it('hands out the words of the plain one', () => {
  const [actual, expected] = [new Uint32Array(9), new Uint32Array(9)];
  fastRandomStream(5, 1).words(3, actual);
  randomStream(5, 1).words(3, expected);
  expect(actual).toEqual(expected);
});
