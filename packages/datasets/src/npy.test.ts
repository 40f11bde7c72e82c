import type { Samples } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { npyHead, samplesFromNpy } from './npy.ts';

function fileOf(samples: Samples): Uint8Array {
  const head = npyHead(samples, samples.count);
  const { buffer, byteOffset, byteLength } = samples.data;
  const file = new Uint8Array(head.length + byteLength);
  file.set(head);
  file.set(new Uint8Array(buffer, byteOffset, byteLength), head.length);
  return file;
}
const images: Samples = {
  kind: 'images',
  count: 2,
  height: 1,
  width: 3,
  channels: 1,
  data: Uint8Array.of(1, 2, 3, 4, 5, 6),
};
const points: Samples = { kind: 'points', count: 2, data: Float32Array.of(0.5, -1, 2, 3) };
const withText = (file: Uint8Array, from: string, to: string): Uint8Array =>
  new Uint8Array(Buffer.from(Buffer.from(file).toString('latin1').replace(from, to), 'latin1'));

describe('a .npy file', () => {
  it('gives the samples that were written, the numbers at a multiple of 64 bytes', () => {
    for (const samples of [images, points])
      expect(samplesFromNpy(fileOf(samples))).toEqual({ ok: true, value: samples });
    expect(npyHead(images, 2).length % 64).toBe(0);
  });

  it('is read alike from a Buffer, which is a window onto a larger memory', () => {
    const file = Buffer.concat([Buffer.from('before'), fileOf(points)]).subarray(6);
    expect(samplesFromNpy(file)).toEqual({ ok: true, value: points });
  });

  it.each([
    ['another file', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0), /is no \.npy file/],
    [
      'numbers missing',
      fileOf(images).subarray(0, -1),
      /has 5 bytes of numbers where its shape \(2, 1, 3, 1\) needs 6/,
    ],
    ['a header cut off', fileOf(images).subarray(0, 40), /is cut off in its header/],
    ['doubles', withText(fileOf(points), '<f4', '<f8'), /is <f8 \(2, 2\): images are uint8/],
    ['Fortran order', withText(fileOf(points), 'False', 'True '), /is in Fortran order/],
    ['a point at infinity', fileOf({ ...points, data: Float32Array.of(0, 0, 1, 1 / 0) }), /not finite in row 1/],
  ])('is refused in words: %s', (_, bytes, problem) => {
    const read = samplesFromNpy(bytes);
    expect(read.ok ? '' : read.error).toMatch(problem);
  });
});
