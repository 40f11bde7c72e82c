import { createHash } from 'node:crypto';
import { type Configuration, withLaterFields } from '@gansweep/domain';
import type { SampleShape } from './networks/network.ts';
import type { RecentValues } from './recent-values.ts';
import type { IntervalSums } from './recording-interval.ts';

/**
 * A checkpoint file: 8 bytes `GANSWEEP`, the header's length (uint32), the JSON header, the tensors as little-endian
 * float32 behind one another, and the sha256 (32 bytes) of everything before it.
 */
const MAGIC = 'GANSWEEP';
const FORMAT = 1;
const HASH_BYTES = 32;
const ANOTHER = 'take an earlier one of the run, or train it anew (gansweep retry RUN --fresh)';

interface CheckpointFacts {
  readonly format: number;
  readonly configuration: Configuration;
  readonly seed: number;
  readonly shape: SampleShape;
  readonly imagesSeen: number;
}

/** Everything needed to continue bit for bit. Randomness and data cursor follow from the iteration. */
export interface FullCheckpoint extends CheckpointFacts {
  readonly kind: 'full';
  readonly iteration: number;
  /** Images seen at the last recording border whose events were yielded. */
  readonly lastBorder: number;
  /** Sums over the iterations of the recording interval under way. */
  readonly partialSums: Readonly<IntervalSums['sums']>;
  /** Seconds of the interval under way; for `imagesPerSecond` alone. */
  readonly partialSeconds: number;
  /** Of these, waiting for inputs; for `dataWait` alone. Checkpoints of earlier versions lack it. */
  readonly partialWaitSeconds?: number;
  /** First iterations of the interval under way that these seconds are not about; left out where they are about all. */
  readonly partialUntimed?: number;
  /** What the last iterations recorded, for a longer run, whose intervals begin elsewhere. Earlier versions lack it. */
  readonly recent?: RecentValues;
  readonly tensors: Readonly<Record<string, Float32Array>>;
}

/** G alone: enough to draw samples. */
export interface GeneratorCheckpoint extends CheckpointFacts {
  readonly kind: 'generator';
  readonly tensors: Readonly<Record<string, Float32Array>>;
}

export type Checkpoint = FullCheckpoint | GeneratorCheckpoint;

/** The bytes are no checkpoint that this version can use; the message says why, and what to do. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/** Bytes of a checkpoint; equal checkpoints have equal bytes. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const { tensors, ...facts } = checkpoint;
  const names = Object.keys(tensors).sort();
  const lengths = names.map((name) => (tensors[name] as Float32Array).length);
  const header = new TextEncoder().encode(
    JSON.stringify({ ...facts, format: FORMAT, tensors: names.map((name, i) => [name, lengths[i]]) }),
  );
  const bytes = new Uint8Array(MAGIC.length + 4 + header.length + 4 * lengths.reduce((a, b) => a + b, 0) + HASH_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  view.setUint32(MAGIC.length, header.length, true);
  bytes.set(header, MAGIC.length + 4);
  let at = MAGIC.length + 4 + header.length;
  for (const name of names)
    for (const value of tensors[name] as Float32Array) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  bytes.set(createHash('sha256').update(bytes.subarray(0, at)).digest(), at);
  return bytes;
}

/** @throws CheckpointError when the bytes are cut, changed, or of another format. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const start = MAGIC.length + 4;
  if (bytes.length < start + HASH_BYTES || new TextDecoder().decode(bytes.subarray(0, MAGIC.length)) !== MAGIC)
    throw new CheckpointError(`these bytes are not a checkpoint of gansweep, or only its beginning; ${ANOTHER}`);
  const end = bytes.length - HASH_BYTES;
  if (!createHash('sha256').update(bytes.subarray(0, end)).digest().equals(bytes.subarray(end)))
    throw new CheckpointError(`the checkpoint is damaged: its sha256 does not match; ${ANOTHER}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.getUint32(MAGIC.length, true);
  if (start + headerLength > end)
    throw new CheckpointError(`the checkpoint is damaged: its header is longer than the file; ${ANOTHER}`);
  const header = headerOf(bytes.subarray(start, start + headerLength));
  if (header.format !== FORMAT)
    throw new CheckpointError(
      `the checkpoint has format ${header.format}; this version reads ${FORMAT}: use the version of gansweep that wrote it`,
    );
  const total = header.tensors.reduce((sum, [, length]) => sum + length, 0);
  if (start + headerLength + 4 * total !== end)
    throw new CheckpointError(`the checkpoint is damaged: its tensors do not fill the file; ${ANOTHER}`);
  let at = start + headerLength;
  const tensors: Record<string, Float32Array> = {};
  for (const [name, length] of header.tensors) {
    const values = new Float32Array(length);
    for (let i = 0; i < length; i++, at += 4) values[i] = view.getFloat32(at, true);
    tensors[name] = values;
  }
  return { ...header, configuration: withLaterFields(header.configuration), tensors } as Checkpoint;
}

/** What a checkpoint says of its tensors: each name with its length. */
type Header = Omit<Checkpoint, 'tensors'> & { readonly tensors: readonly (readonly [string, number])[] };

function headerOf(bytes: Uint8Array): Header {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Header;
  } catch {
    throw new CheckpointError(`the checkpoint is damaged: its header is no JSON; ${ANOTHER}`);
  }
}
