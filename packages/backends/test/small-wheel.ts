import { createHash } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';
import type { MemberPin, WheelPin } from '../src/wheel/wheel-pins.ts';

export interface SmallWheel {
  readonly bytes: Buffer;
  readonly pin: WheelPin;
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** A zip archive with the files, and the pin that fits it. Files whose name ends with `.raw` are stored, others deflated. */
export function smallWheel(files: Readonly<Record<string, Buffer>>, file = 'thing-1.0-py3-none-any.whl'): SmallWheel {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  const members: MemberPin[] = [];
  let offset = 0;
  for (const [path, content] of Object.entries(files)) {
    const isStored = path.endsWith('.raw');
    const packed = isStored ? content : deflateRawSync(content);
    const name = Buffer.from(path);
    // A local header may carry extra bytes that the directory does not have.
    const extra = Buffer.from([0x55, 0x54, 1, 0, 0]);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(isStored ? 0 : 8, 8);
    local.writeUInt32LE(crc32(content), 14);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt32LE(content.length, 22);
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(extra.length, 28);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(isStored ? 0 : 8, 10);
    entry.writeUInt32LE(crc32(content), 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(content.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    locals.push(local, name, extra, packed);
    directory.push(entry, name);
    offset += local.length + name.length + extra.length + packed.length;
    members.push({ path, size: content.length, compressedSize: packed.length, sha256: sha256(content) });
  }
  const listing = Buffer.concat(directory);
  const comment = Buffer.from('a comment');
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  const bytes = Buffer.concat([...locals, listing, end, comment]);
  return { bytes, pin: { project: 'thing', version: '1.0', file, size: bytes.length, sha256: sha256(bytes), members } };
}
