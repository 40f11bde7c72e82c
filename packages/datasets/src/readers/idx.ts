/** A file of the IDX format: unsigned bytes with their dimensions. */
export interface IdxArray {
  readonly dimensions: readonly number[];
  /** View of the file's bytes, row-major. */
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/**
 * Reads the IDX format for unsigned bytes: two zero bytes, type, number of dimensions, sizes as big-endian 32-bit
 * integers, data. Throws a RangeError where header and length disagree.
 * @see LeCun, Cortes, Burges, "The MNIST database of handwritten digits", file formats.
 */
export function parseIdx(file: Uint8Array): IdxArray {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 4 || view.getUint16(0) !== 0 || view.getUint8(2) !== UNSIGNED_BYTE)
    throw new RangeError('not an IDX file of unsigned bytes');
  const rank = view.getUint8(3);
  const start = 4 + 4 * rank;
  if (file.length < start) throw new RangeError('IDX header is cut off');
  const dimensions = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = dimensions.reduce((product, length) => product * length, 1);
  if (file.length !== start + size)
    throw new RangeError(`IDX file has ${file.length - start} bytes of data, its header says ${size}`);
  return { dimensions, data: file.subarray(start) };
}
