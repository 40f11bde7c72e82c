import { err, type ImageSamples, ok, type PointSamples, type Result, type Samples } from '@gansweep/domain';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** Magic, version and the header's length, version 1.0. */
const PREFIX = 10;
const ALIGNED = 64;

/** What a .npy file holds, before its numbers. */
interface NpyHead {
  readonly descr: string;
  readonly shape: readonly number[];
  /** Bytes before the first number. */
  readonly offset: number;
}

/**
 * The head of a .npy file of `count` samples: `|u1` and `[count, height, width, channels]`, or `<f4` and `[count, 2]`.
 * @see numpy.lib.format, version 1.0
 */
export function npyHead(
  samples: Pick<PointSamples, 'kind'> | Pick<ImageSamples, 'kind' | 'height' | 'width' | 'channels'>,
  count: number,
): Uint8Array {
  return samples.kind === 'points'
    ? npyTableHead('<f4', [count, 2])
    : npyTableHead('|u1', [count, samples.height, samples.width, samples.channels]);
}

/** The head of a .npy file of numbers in C order. @param descr NumPy's name of their type, little-endian. */
export function npyTableHead(descr: '|u1' | '<i4' | '<f4', shape: readonly number[]): Uint8Array {
  // A tuple of one is written with a comma.
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sides}), }`;
  const total = Math.ceil((PREFIX + text.length + 1) / ALIGNED) * ALIGNED;
  const head = new Uint8Array(total).fill(0x20);
  head.set([...MAGIC, 1, 0]);
  new DataView(head.buffer).setUint16(8, total - PREFIX, true);
  head.set(new TextEncoder().encode(text), PREFIX);
  head[total - 1] = 0x0a;
  return head;
}

/** Reads the head of a .npy file, versions 1 to 3, of numbers in C order; a problem is said in words that follow the file's name. */
function readNpyHead(bytes: Uint8Array): Result<NpyHead, string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < PREFIX + 2 || MAGIC.some((byte, i) => bytes[i] !== byte)) return err('is no .npy file');
  const isFirst = bytes[6] === 1;
  const offset = isFirst ? PREFIX + view.getUint16(8, true) : PREFIX + 2 + view.getUint32(8, true);
  if (offset > bytes.length) return err('is cut off in its header');
  const text = new TextDecoder().decode(bytes.subarray(isFirst ? PREFIX : PREFIX + 2, offset));
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || shape === undefined)
    return err('has a header that is none of NumPy');
  if (order === 'True') return err('is in Fortran order: save numpy.ascontiguousarray(x)');
  const sizes = shape.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)]));
  return ok({ descr, shape: sizes, offset });
}

/**
 * Samples from the bytes of a .npy file: `uint8 [n, height, width, channels]` or `float32 [n, 2]`, little-endian.
 * A problem is said in words that follow the file's name.
 */
export function samplesFromNpy(bytes: Uint8Array): Result<Samples, string> {
  const read = readNpyHead(bytes);
  if (!read.ok) return read;
  const { descr, shape, offset } = read.value;
  const size = shape.reduce((product, one) => product * one, 1);
  const expect = (width: number): string | null =>
    bytes.length - offset === size * width
      ? null
      : `has ${bytes.length - offset} bytes of numbers where its shape (${shape.join(', ')}) needs ${size * width}`;
  const [count = 0, height = 0, width = 0, channels = 0] = shape;
  if (shape.length === 4 && descr === '|u1' && (channels === 1 || channels === 3)) {
    const wrong = expect(1);
    return wrong ? err(wrong) : ok({ kind: 'images', count, height, width, channels, data: bytes.slice(offset) });
  }
  if (shape.length === 2 && height === 2 && descr === '<f4') {
    const wrong = expect(4);
    if (wrong) return err(wrong);
    const data = new Float32Array(2 * count);
    // A copy: a Buffer's slice would share the memory of the header before it.
    new Uint8Array(data.buffer).set(bytes.subarray(offset));
    const bad = data.findIndex((value) => !Number.isFinite(value));
    return bad < 0 ? ok({ kind: 'points', count, data }) : err(`holds a number that is not finite in row ${bad >> 1}`);
  }
  return err(
    `is ${descr} (${shape.join(', ')}): images are uint8 (n, height, width, channels) with 1 or 3 channels, points float32 (n, 2)`,
  );
}
