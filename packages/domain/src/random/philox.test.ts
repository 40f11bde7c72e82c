import { describe, expect, it } from 'vitest';
import { philoxBlock, randomStream } from './philox.ts';

const blockOf = (counter: readonly [number, number, number, number], key: readonly [number, number]): string[] => {
  const out = new Uint32Array(4);
  philoxBlock(counter, key, out, 0);
  return Array.from(out, (word) => word.toString(16).padStart(8, '0'));
};

describe('philox4x32-10', () => {
  // Known answers that the authors publish with the generator (Random123, kat_vectors).
  it.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ] as const)('gives the published words for counter %j under key %j', (counter, key, expected) => {
    expect(blockOf(counter, key).join(' ')).toBe(expected);
  });
});

describe('a random stream', () => {
  it('gives the same numbers for the same seed, stream and draw, in any order of calls', () => {
    const first = new Float32Array(7);
    const second = new Float32Array(7);
    randomStream(5, 2).normals(9, first);
    const stream = randomStream(5, 2);
    stream.normals(8, second);
    stream.normals(9, second);
    expect(second).toEqual(first);
  });

  it('starts every draw with the same numbers whatever its length, so batches may be cut anywhere', () => {
    const long = new Float32Array(100);
    const short = new Float32Array(33);
    randomStream(1, 1).uniforms(0, long);
    randomStream(1, 1).uniforms(0, short);
    expect(short).toEqual(long.subarray(0, 33));
  });

  it('puts consecutive draws behind one another', () => {
    const stream = randomStream(4, 2);
    for (const kind of ['uniforms', 'normals'] as const) {
      const [together, each] = [new Float32Array(25), new Float32Array(10)];
      stream[kind](7, together, 10);
      for (const [i, end] of [10, 20, 25].entries()) {
        stream[kind](7 + i, each);
        expect(together.subarray(10 * i, end)).toEqual(each.subarray(0, end - 10 * i));
      }
    }
  });

  it('makes points of four words each: a uniform, and normals of the last two', () => {
    const [uniforms, normals] = [new Float64Array(12), new Float64Array(12)];
    randomStream(6, 3).uniforms(5, uniforms);
    randomStream(6, 3).normals(5, normals);
    const points = { uniforms: new Float64Array(5), normals: new Float64Array(10) };
    randomStream(6, 3).points(5, points, 3);
    expect(Array.from(points.uniforms.subarray(0, 3))).toEqual([0, 4, 8].map((at) => uniforms[at]));
    expect(Array.from(points.normals.subarray(0, 6))).toEqual([2, 3, 6, 7, 10, 11].map((at) => normals[at]));
    randomStream(6, 3).uniforms(6, uniforms);
    expect(Array.from(points.uniforms.subarray(3))).toEqual([0, 4].map((at) => uniforms[at]));
  });

  it.each([
    ['seed', randomStream(2, 1), 0],
    ['high half of the seed', randomStream(1 + 2 ** 40, 1), 0],
    ['stream', randomStream(1, 2), 0],
    ['draw', randomStream(1, 1), 1],
    ['high half of the draw', randomStream(1, 1), 2 ** 33],
  ] as const)('changes with the %s', (_, stream, draw) => {
    const base = new Uint32Array(16);
    const other = new Uint32Array(16);
    randomStream(1, 1).words(0, base);
    stream.words(draw, other);
    expect(Array.from(other).filter((word, i) => word === base[i])).toEqual([]);
  });

  it('has the moments of a standard normal', () => {
    const values = new Float64Array(200_000);
    randomStream(3, 1).normals(0, values);
    const mean = values.reduce((sum, z) => sum + z, 0) / values.length;
    const moment = (power: number): number => values.reduce((sum, z) => sum + z ** power, 0) / values.length;
    // Four standard errors of each moment at 200,000 draws.
    expect(Math.abs(mean)).toBeLessThan(0.009);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.013);
    expect(Math.abs(moment(3))).toBeLessThan(0.035);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.09);
  });

  it('refuses a seed that is not a whole number', () => {
    expect(() => randomStream(0.5, 1)).toThrow(/seed must be an integer/);
  });
});
