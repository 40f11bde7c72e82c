import { type ByteSource, readAll } from '../fetch/byte-source.ts';
import { IntegrityError } from '../fetch/download-error.ts';

/** A file in a zip archive. */
export interface ZipEntry {
  readonly name: string;
  readonly method: 'stored' | 'deflated';
  readonly compressedSize: number;
  readonly size: number;
  /** Of its local header. */
  readonly offset: number;
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;
const LOCAL_SIZE = 30;
const COMMENT_AT_MOST = 65_535;
const DIRECTORY_AT_MOST = 256 * 2 ** 20;
/** Stands where a number is too large for 32 bits; none of our wheels is. */
const ZIP64 = 0xffffffff;

/**
 * The central directory of a zip archive, by name.
 * @throws IntegrityError when it is none, or of a form that no wheel has (several disks, encryption, zip64).
 */
export async function readZipDirectory(source: ByteSource): Promise<ReadonlyMap<string, ZipEntry>> {
  const tail = await readAll(source, Math.max(0, source.size - END_SIZE - COMMENT_AT_MOST), source.size);
  const end = endRecord(tail);
  const [count, size, offset] = [tail.readUInt16LE(end + 10), tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  if (offset === ZIP64 || offset + size > source.size || size > DIRECTORY_AT_MOST)
    throw new IntegrityError('the directory of the wheel lies outside it');
  const bytes = await readAll(source, offset, offset + size);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== ENTRY)
      throw new IntegrityError('the directory of the wheel is torn');
    const nameLength = bytes.readUInt16LE(at + 28);
    const entry = entryAt(bytes, at, nameLength);
    if (entry) entries.set(entry.name, entry);
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

/** Where an entry's compressed bytes begin. */
export async function dataOffset(source: ByteSource, entry: ZipEntry): Promise<number> {
  const header = await readAll(source, entry.offset, entry.offset + LOCAL_SIZE);
  if (header.length < LOCAL_SIZE || header.readUInt32LE(0) !== LOCAL)
    throw new IntegrityError(`the wheel does not hold ${entry.name} where it says`);
  return entry.offset + LOCAL_SIZE + header.readUInt16LE(26) + header.readUInt16LE(28);
}

function endRecord(tail: Buffer): number {
  for (let at = tail.length - END_SIZE; at >= 0; at--)
    if (tail.readUInt32LE(at) === END && at + END_SIZE + tail.readUInt16LE(at + 20) === tail.length) return at;
  throw new IntegrityError('what came is no zip archive');
}

/** Null for an entry that nobody can be asked for: a folder, or of a form that we do not read. */
function entryAt(bytes: Buffer, at: number, nameLength: number): ZipEntry | null {
  const flags = bytes.readUInt16LE(at + 8);
  const method = bytes.readUInt16LE(at + 10);
  const [compressedSize, size] = [bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24)];
  const offset = bytes.readUInt32LE(at + 42);
  const isEncrypted = (flags & 1) === 1;
  if (isEncrypted || (method !== 0 && method !== 8) || [compressedSize, size, offset].includes(ZIP64)) return null;
  return {
    name: bytes.toString('utf8', at + 46, at + 46 + nameLength),
    method: method === 0 ? 'stored' : 'deflated',
    compressedSize,
    size,
    offset,
  };
}
