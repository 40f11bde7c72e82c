import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import openEncoder from '@jsquash/jpeg/codec/enc/mozjpeg_enc.js';
import { defaultOptions } from '@jsquash/jpeg/meta.js';

/** A chunk of a PNG. @param broken its checksum is wrong. */
export function chunk(name: string, content: Uint8Array, { broken = false } = {}): Buffer {
  const bytes = Buffer.alloc(content.length + 12);
  bytes.writeUInt32BE(content.length);
  bytes.write(name, 4, 'latin1');
  bytes.set(content, 8);
  bytes.writeUInt32BE((crc32(bytes.subarray(4, 8 + content.length)) ^ (broken ? 1 : 0)) >>> 0, 8 + content.length);
  return bytes;
}

export const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

export function header(
  width: number,
  height: number,
  { depth = 8, colour = 2, compression = 0, filter = 0, interlace = 0 } = {},
): Buffer {
  const content = Buffer.alloc(13);
  content.writeUInt32BE(width);
  content.writeUInt32BE(height, 4);
  content.set([depth, colour, compression, filter, interlace], 8);
  return chunk('IHDR', content);
}

/** A PNG from its unpacked rows, each with its filter byte. */
export function png(
  head: Buffer,
  rows: Uint8Array,
  { before = [], after = [] }: { readonly before?: readonly Buffer[]; readonly after?: readonly Buffer[] } = {},
): Buffer {
  return Buffer.concat([
    SIGNATURE,
    head,
    ...before,
    chunk('IDAT', deflateSync(rows)),
    ...after,
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** An RGB picture whose pixels depend on `seed`. */
export function plainPng(seed: number, side = 24): Buffer {
  const rows = Buffer.alloc(side * (3 * side + 1));
  for (let y = 0; y < side; y++)
    for (let i = 0; i < 3 * side; i++) rows[y * (3 * side + 1) + 1 + i] = (seed * 37 + y * 11 + i * (seed + 5)) & 255;
  return png(header(side, side), rows);
}

interface Encoder {
  encode(data: Uint8Array, width: number, height: number, options: object): Uint8Array;
}

/** A JPEG of a smooth picture that depends on `seed`. */
export async function jpeg(
  seed: number,
  { width = 24, height = 24, progressive = false, grey = false } = {},
): Promise<Buffer> {
  const module = createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/enc/mozjpeg_enc.js');
  const open = openEncoder as unknown as (options: object) => Promise<Encoder>;
  const encoder = await open({
    wasmBinary: readFileSync(path.join(path.dirname(module), 'mozjpeg_enc.wasm')),
    noInitialRun: true,
  });
  const data = new Uint8Array(4 * width * height);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    data.set([128 + 100 * Math.sin((x + seed) / 5), 128 + 100 * Math.cos((y - seed) / 7), (x + y) * 3, 255], 4 * i);
  }
  // 1 is grey, 3 is luma and chroma.
  return Buffer.from(
    encoder.encode(data, width, height, {
      ...defaultOptions,
      quality: 95,
      progressive,
      baseline: !progressive,
      color_space: grey ? 1 : 3,
    }),
  );
}
