/** An array of numbers as NumPy writes it, row-major. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array | Float32Array | Float64Array;
}

/** A file that is no `.npy`, or one of numbers that are not taken. The message completes "FILE …". */
export class BadNpy extends Error {
  override readonly name = 'BadNpy';
}

const MAGIC = '\x93NUMPY';

/**
 * Reads NumPy's format 1.0, 2.0 or 3.0 with uint8, float32 or float64 (little-endian) in C order. @see numpy.lib.format
 */
export function readNpy(bytes: Uint8Array): NpyArray {
  const text = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString('latin1');
  if (text(0, 6) !== MAGIC) throw new BadNpy('is not a .npy file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isOld = bytes[6] === 1;
  if (bytes.length < 12) throw new BadNpy('is cut off');
  const start = isOld ? 10 : 12;
  const headerLength = isOld ? view.getUint16(8, true) : view.getUint32(8, true);
  const header = text(start, start + headerLength);
  const type = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const dimensions = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (type === undefined || dimensions === undefined) throw new BadNpy('has no header that NumPy would write');
  if (/'fortran_order':\s*True/.test(header)) throw new BadNpy('is in Fortran order: save numpy.ascontiguousarray(a)');
  const shape = dimensions.split(',').flatMap((word) => (word.trim() === '' ? [] : [Number(word)]));
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0)) throw new BadNpy('has no sensible shape');
  const count = shape.reduce((product, length) => product * length, 1);
  const width = { '|u1': 1, '<f4': 4, '<f8': 8 }[type];
  if (width === undefined)
    throw new BadNpy(`holds '${type}': save it as uint8 (images), float32 or float64 (features)`);
  const found = bytes.length - start - headerLength;
  if (found !== count * width) throw new BadNpy(`holds ${found} bytes of numbers, its header says ${count * width}`);
  // A copy: numbers must begin at a multiple of their width, and a Buffer's slice would not be one.
  const content = new Uint8Array(bytes.subarray(start + headerLength)).buffer;
  return {
    shape,
    data: width === 1 ? new Uint8Array(content) : width === 4 ? new Float32Array(content) : new Float64Array(content),
  };
}
