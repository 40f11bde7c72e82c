import { randomStream } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { fastRandomStream } from './random-stream.ts';

describe('the fast random stream', () => {
  it.each([
    [0, 0, 0],
    [1, 2, 77],
    [2 ** 40 + 5, 3, 2 ** 33 + 1],
    [2 ** 32 - 1, 7, 2 ** 32 - 1],
  ])('gives the numbers of the plain one to the bit, at seed %d, stream %i, draw %d', (seed, stream, draw) => {
    for (const length of [1, 31, 32, 33, 50_001]) {
      const [fast, plain] = [new Float64Array(length), new Float64Array(length)];
      fastRandomStream(seed, stream).normals(draw, fast);
      randomStream(seed, stream).normals(draw, plain);
      expect(new BigUint64Array(fast.buffer).every((bits, i) => bits === new BigUint64Array(plain.buffer)[i])).toBe(
        true,
      );
    }
  });

  it('rounds to float32 as the plain one does, and hands out its words and uniforms', () => {
    const [fast, plain] = [new Float32Array(1_000), new Float32Array(1_000)];
    fastRandomStream(5, 1).normals(3, fast);
    randomStream(5, 1).normals(3, plain);
    expect(fast).toEqual(plain);
    fastRandomStream(5, 1).uniforms(3, fast);
    randomStream(5, 1).uniforms(3, plain);
    expect(fast).toEqual(plain);
  });
});
