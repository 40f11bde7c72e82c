import { describe, expect, it } from 'vitest';
import { BadNpy, readNpy } from './npy.ts';

/** A file as NumPy writes it: header padded to a multiple of 64 bytes. */
function npy(header: string, content: Uint8Array, version = 1): Uint8Array {
  const start = version === 1 ? 10 : 12;
  const length = Math.ceil((start + header.length + 1) / 64) * 64 - start;
  const bytes = new Uint8Array(start + length + content.length).fill(0x20);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(bytes.buffer);
  if (version === 1) view.setUint16(8, length, true);
  else view.setUint32(8, length, true);
  bytes.set(new TextEncoder().encode(header), start);
  bytes[start + length - 1] = 0x0a;
  bytes.set(content, start + length);
  return bytes;
}
const header = (type: string, shape: string, order = 'False') =>
  `{'descr': '${type}', 'fortran_order': ${order}, 'shape': (${shape}), }`;
const bytesOf = (values: Float32Array | Float64Array) => new Uint8Array(values.buffer);

describe('a .npy file', () => {
  it.each([1, 2, 3])('of version %i gives its shape and numbers', (version) => {
    const floats = Float32Array.of(1, 2.5, -3, 4, 5, 6);
    expect(readNpy(npy(header('<f4', '3, 2'), bytesOf(floats), version))).toEqual({ shape: [3, 2], data: floats });
    const doubles = Float64Array.of(1e300, 2);
    expect(readNpy(npy(header('<f8', '2,'), bytesOf(doubles), version))).toEqual({ shape: [2], data: doubles });
    // A Buffer is a part of a larger one.
    expect(readNpy(Buffer.from(npy(header('<f8', '2,'), bytesOf(doubles), version))).data).toEqual(doubles);
    const images = Uint8Array.of(1, 2, 3, 4);
    expect(readNpy(npy(header('|u1', '1, 2, 2'), images, version))).toEqual({ shape: [1, 2, 2], data: images });
  });

  it.each([
    ['another file', new TextEncoder().encode('PK and so on, and on'), 'is not a .npy file'],
    ['Fortran order', npy(header('<f4', '1, 1', 'True'), new Uint8Array(4)), 'Fortran'],
    ['other numbers', npy(header('<i8', '1,'), new Uint8Array(8)), "holds '<i8'"],
    ['too few numbers', npy(header('<f4', '2, 2'), new Uint8Array(12)), 'its header says 16'],
    [
      'objects',
      npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", new Uint8Array(4)),
      'no header',
    ],
    ['half a header', npy(header('<f4', '2, 2'), new Uint8Array(0)).subarray(0, 11), 'is cut off'],
  ])('is refused where it holds %s', (_, bytes, message) => {
    expect(() => readNpy(bytes)).toThrow(BadNpy);
    expect(() => readNpy(bytes)).toThrow(message);
  });
});
