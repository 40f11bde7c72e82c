import { bytesField, floatField, integerField, join } from '@gansweep/program';

/**
 * TensorBoard's event files: records of `Event` messages, each with its length and two masked checksums.
 * @see tensorflow/core/lib/io/record_writer.h (framing), tensorflow/core/util/event.proto (field numbers)
 */

/** What an event file holds: a number, or a PNG, at a step. */
export interface TaggedValue {
  readonly tag: string;
  /** Real images seen. */
  readonly step: number;
  readonly value: number | { readonly png: Uint8Array; readonly width: number; readonly height: number };
}

/** A whole event file. @param wallTime of every event, in seconds since 1970. */
export function eventFile(values: readonly TaggedValue[], wallTime: number): Uint8Array {
  const version = join([doubleField(1, wallTime), bytesField(3, 'brain.Event:2')]);
  return join([version, ...values.map((value) => eventOf(value, wallTime))].map(recordOf));
}

function eventOf({ tag, step, value }: TaggedValue, wallTime: number): Uint8Array {
  const content =
    typeof value === 'number'
      ? floatField(2, value)
      : bytesField(
          4,
          join([
            integerField(1, value.height),
            integerField(2, value.width),
            integerField(3, 3),
            bytesField(4, value.png),
          ]),
        );
  const summary = bytesField(1, join([bytesField(1, tag), content]));
  return join([doubleField(1, wallTime), integerField(2, step), bytesField(5, summary)]);
}

function doubleField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = (field << 3) | 1;
  new DataView(bytes.buffer).setFloat64(1, value, true);
  return bytes;
}

/** Length, its masked checksum, the data, and the masked checksum of that; all little-endian. */
function recordOf(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length + 16);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedChecksum(out.subarray(0, 8)), true);
  out.set(data, 12);
  view.setUint32(12 + data.length, maskedChecksum(data), true);
  return out;
}

/** A checksum of data that hold checksums themselves is masked: turned right by 15 bits, and a constant added. */
function maskedChecksum(data: Uint8Array): number {
  const sum = crc32c(data);
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}

const CASTAGNOLI = 0x82f63b78;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ CASTAGNOLI : sum >>> 1;
  return sum;
});

/** CRC-32C (Castagnoli), RFC 3720 appendix B.4. */
export function crc32c(data: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of data) sum = (TABLE[(sum ^ byte) & 255] as number) ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
