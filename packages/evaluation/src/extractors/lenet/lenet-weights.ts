import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { LENET_TENSOR_NAMES, LENET_TENSORS, type LenetTensor } from './lenet-network.ts';

/** sha256 of the weights file; stands in every passport of a score made with it. */
export const LENET_SHA256 = '2f64139311acd075ec364556a12f62b3e6bfa92b849d44e9bff4783be1be8f7c';
/** Share of MNIST's test digits that these weights read right; `test/lenet.golden.test.ts` holds it. */
export const LENET_ACCURACY = 0.993;
const FILE = new URL('./lenet-v1.bin', import.meta.url);
const FORMAT = 'gansweep lenet/v1';

export type LenetWeights = Readonly<Record<LenetTensor, Float32Array>>;

/** Reads the weights of the repository and verifies them. */
export async function readLenetWeights(): Promise<LenetWeights> {
  const bytes = new Uint8Array(await readFile(FILE));
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== LENET_SHA256)
    throw new Error(`${FILE.pathname} has sha256 ${found}, not ${LENET_SHA256}; check the file out again`);
  return decodeLenetWeights(bytes);
}

/**
 * File layout: length of the header (uint32, little-endian), header as JSON padded with spaces to a multiple of four
 * bytes, then every tensor in the header's order as little-endian float32.
 * @param training how the weights were made, kept in the header for a person.
 */
export function encodeLenetWeights(weights: LenetWeights, training: Readonly<Record<string, number>>): Uint8Array {
  const tensors = LENET_TENSOR_NAMES.map((name) => ({ name, shape: LENET_TENSORS[name] }));
  const text = JSON.stringify({ format: FORMAT, dtype: 'float32', training, tensors });
  const header = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 4) * 4));
  const numbers = LENET_TENSOR_NAMES.reduce((sum, name) => sum + weights[name].length, 0);
  const bytes = new Uint8Array(4 + header.length + 4 * numbers);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, header.length, true);
  bytes.set(header, 4);
  let at = 4 + header.length;
  for (const name of LENET_TENSOR_NAMES)
    for (const value of weights[name]) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  return bytes;
}

/** Reads what `encodeLenetWeights` wrote; throws where shapes differ from the network's. */
export function decodeLenetWeights(bytes: Uint8Array): LenetWeights {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.getUint32(0, true);
  const header: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + headerLength)));
  const expected = LENET_TENSOR_NAMES.map((name) => ({ name, shape: LENET_TENSORS[name] }));
  const { format, tensors } = header as { format?: unknown; tensors?: unknown };
  if (format !== FORMAT || JSON.stringify(tensors) !== JSON.stringify(expected))
    throw new Error(`not weights of ${FORMAT}`);
  let at = 4 + headerLength;
  const entries = LENET_TENSOR_NAMES.map((name) => {
    const length = LENET_TENSORS[name].reduce((product: number, side) => product * side, 1);
    const values = Float32Array.from({ length }, (_, i) => view.getFloat32(at + 4 * i, true));
    at += 4 * length;
    return [name, values] as const;
  });
  if (at !== bytes.length) throw new Error(`weights file has ${bytes.length} bytes, its header says ${at}`);
  return Object.fromEntries(entries) as Record<LenetTensor, Float32Array>;
}
