import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { chunk, header, jpeg, plainPng, png, SIGNATURE } from './picture-files.ts';

/** What has to become of a file: `bad` is named and skipped, `fine` is decoded, `unseen` is never opened. */
export type Fate = 'bad' | 'fine' | 'unseen';

export interface HostileFile {
  readonly path: string;
  readonly fate: Fate;
}

const END = chunk('IEND', Buffer.alloc(0));
/** Zeros that unpack to `bytes`. */
const zeros = (bytes: number): Buffer => deflateSync(Buffer.alloc(bytes), { level: 9 });
const raw = (...parts: readonly Buffer[]): Buffer => Buffer.concat([SIGNATURE, ...parts, END]);

/**
 * Writes a hundred and more files made to hurt into a folder, and gives what has to become of each.
 * @param outside a picture that lies outside of the folder, which links point at.
 */
export async function writeHostileCorpus(root: string, outside: string): Promise<readonly HostileFile[]> {
  const files: HostileFile[] = [];
  const add = (name: string, content: Uint8Array, fate: Fate = 'bad'): void => {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    files.push({ path: name, fate });
  };
  const good = plainPng(1);
  const picture = await jpeg(1);
  const progressive = await jpeg(2, { progressive: true });

  // Bombs: little to read, much to unpack.
  add('bomb/more-than-header.png', raw(header(8, 8), chunk('IDAT', zeros(2 ** 27))));
  add('bomb/grey-8192.png', raw(header(8192, 4800, { depth: 1, colour: 0 }), chunk('IDAT', zeros(4800 * 1025))));
  add('bomb/flat-6000.png', raw(header(6000, 6000, { colour: 0 }), chunk('IDAT', zeros(6000 * 6001))));
  for (const [width, height] of [
    [8193, 1],
    [1, 8193],
    [65_535, 65_535],
    [2 ** 31 - 1, 2 ** 31 - 1],
    [0xffff_ffff, 0xffff_ffff],
    [8192, 8192],
    [0, 0],
    [0, 5],
    [5, 0],
  ] as const)
    add(`bomb/says-${width}x${height}.png`, raw(header(width, height), chunk('IDAT', zeros(100))));
  add(
    'bomb/long-palette.png',
    raw(header(4, 4, { depth: 8, colour: 3 }), chunk('PLTE', Buffer.alloc(2 ** 20)), chunk('IDAT', zeros(20))),
  );
  add('bomb/packed-text.png', raw(header(4, 4), chunk('zTXt', zeros(2 ** 26)), chunk('IDAT', zeros(4 * 13))), 'fine');
  add(
    'bomb/many-chunks.png',
    raw(
      header(2, 2),
      ...Array.from({ length: 50_000 }, () => chunk('tEXt', Buffer.alloc(1))),
      chunk('IDAT', zeros(14)),
    ),
    'fine',
  );
  for (const [width, height] of [
    [65_500, 65_500],
    [8193, 8],
    [8, 8193],
    [0, 10],
    [10, 0],
  ] as const)
    add(`bomb/says-${width}x${height}.jpg`, withFrameSize(picture, width, height));
  add('bomb/scans.jpg', manyScans(progressive, 5_000));
  add('bomb/huge-file.jpg', Buffer.alloc(65 * 2 ** 20, 0xff));

  // Cut off everywhere.
  for (let part = 0; part < 12; part++) {
    add(`cut/${part}.png`, good.subarray(0, Math.floor((good.length * part) / 12)));
    add(`cut/${part}.jpg`, picture.subarray(0, Math.floor((picture.length * part) / 12)));
    add(`cut/progressive-${part}.jpg`, progressive.subarray(0, Math.floor((progressive.length * part) / 12)));
  }
  add('cut/no-end.png', good.subarray(0, good.length - 12));
  add('cut/no-end.jpg', picture.subarray(0, picture.length - 2));
  add('cut/header-only.png', Buffer.concat([SIGNATURE, header(4, 4)]));
  add('cut/signature-only.png', SIGNATURE);
  add('cut/start-only.jpg', Buffer.from([0xff, 0xd8, 0xff]));
  add('cut/markers-only.jpg', Buffer.from([0xff, 0xd8, 0xff, 0xd9]));
  add('cut/short-pixels.png', raw(header(4, 4), chunk('IDAT', zeros(20))));
  add('cut/stream.png', raw(header(4, 4), chunk('IDAT', zeros(52).subarray(0, 6))));

  // Damaged: a bit in the wrong place.
  for (let i = 0; i < 8; i++) {
    const broken = Buffer.from(good);
    const at = 8 + i * 7;
    broken[at] = (broken[at] ?? 0) ^ 0x41;
    add(`damaged/bit-${i}.png`, broken);
  }
  add(
    'damaged/checksum.png',
    Buffer.concat([SIGNATURE, header(2, 2), chunk('IDAT', zeros(14), { broken: true }), END]),
  );
  add('damaged/no-header.png', raw(chunk('IDAT', zeros(14))));
  add('damaged/two-headers.png', raw(header(2, 2), header(9000, 9000), chunk('IDAT', zeros(14))));
  add('damaged/no-pixels.png', raw(header(2, 2)));
  add('damaged/unknown-part.png', raw(header(2, 2), chunk('EVIL', Buffer.alloc(4)), chunk('IDAT', zeros(14))));
  add('damaged/filter-9.png', png(header(2, 1), Uint8Array.of(9, 1, 2, 3, 4, 5, 6)));
  add('damaged/depth-3.png', raw(header(2, 2, { depth: 3, colour: 0 }), chunk('IDAT', zeros(14))));
  add('damaged/colour-5.png', raw(header(2, 2, { colour: 5 }), chunk('IDAT', zeros(14))));
  add('damaged/palette-16-bit.png', raw(header(2, 2, { depth: 16, colour: 3 }), chunk('IDAT', zeros(14))));
  add('damaged/packing-7.png', raw(header(2, 2, { compression: 7 }), chunk('IDAT', zeros(14))));
  add('damaged/interlace-3.png', raw(header(2, 2, { interlace: 3 }), chunk('IDAT', zeros(14))));
  add('damaged/no-palette.png', raw(header(2, 2, { colour: 3 }), chunk('IDAT', zeros(6))));
  add(
    'damaged/outside-palette.png',
    png(header(2, 1, { colour: 3 }), Uint8Array.of(0, 0, 200), { before: [chunk('PLTE', Buffer.alloc(6))] }),
  );
  add(
    'damaged/length.png',
    Buffer.concat([SIGNATURE, Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.from('IHDR'), Buffer.alloc(40)]),
  );
  for (let i = 0; i < 6; i++) {
    const broken = Buffer.from(picture);
    broken.fill(0xff, 20 + 40 * i, 60 + 40 * i);
    // Other steps of quantisation make a lawful file of other pixels.
    add(`damaged/filled-${i}.jpg`, broken, i === 2 ? 'fine' : 'bad');
  }
  add('damaged/short-scan.jpg', Buffer.concat([picture.subarray(0, picture.length - 120), picture.subarray(-2)]));
  add('damaged/no-tables.jpg', Buffer.concat([picture.subarray(0, 2), withoutTables(picture)]));
  add('damaged/two-frames.jpg', twice(picture));

  // Kinds that are not taken, and names that lie.
  add(
    'kind/animated.png',
    png(header(2, 1), Uint8Array.of(0, 1, 2, 3, 4, 5, 6), {
      before: [chunk('acTL', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0]))],
    }),
  );
  add('kind/cmyk.jpg', withComponents(picture, 4));
  add('kind/gif.png', Buffer.from('GIF89a\x01\0\x01\0\0\0\0;', 'latin1'));
  add('kind/animated-gif.jpg', Buffer.from(`GIF89a${'\x21\xff\x0bNETSCAPE2.0'.repeat(50)}`, 'latin1'));
  add('kind/webp.jpg', Buffer.from('RIFF\0\0\0\0WEBPVP8 ', 'latin1'));
  add('kind/bmp.png', Buffer.from(`BM${'\0'.repeat(60)}`, 'latin1'));
  add('kind/tiff.jpg', Buffer.from('II*\0\x08\0\0\0', 'latin1'));
  add('kind/heif.jpg', Buffer.from('\0\0\0\x18ftypheic', 'latin1'));
  add(
    'kind/svg.png',
    Buffer.from('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><svg>&e;</svg>'),
  );
  add('kind/html.jpg', Buffer.from('<html><script>alert(1)</script></html>'));
  add('kind/script.png', Buffer.from('#!/bin/sh\ntouch pwned\n'));
  add('kind/pdf.jpg', Buffer.from('%PDF-1.7'));
  add('kind/zip.png', Buffer.from('PK\x03\x04../../evil.png', 'latin1'));
  add('kind/empty.png', Buffer.alloc(0));
  add('kind/one-byte.jpg', Buffer.from([0xff]));
  add('kind/noise.png', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919 + (i >> 3) * 31) & 255)));
  add('kind/png-called.jpg', good, 'fine');
  add('kind/jpeg-called.png', picture, 'fine');
  add(
    'kind/16-bit.png',
    png(header(2, 1, { depth: 16 }), Uint8Array.of(0, ...Array.from({ length: 12 }, (_, i) => i))),
    'fine',
  );
  add('kind/trailing.jpg', Buffer.concat([picture, Buffer.from('PK\x03\x04', 'latin1')]), 'fine');
  add('kind/CAPITALS.PNG', good, 'fine');

  // Names.
  add('name/%2e%2e%2fescape.png', good, 'fine');
  add('name/..escape.png', good, 'unseen');
  add('name/.hidden.png', good, 'unseen');
  add('name/; rm -rf ~ $(id).png', good, 'fine');
  add('name/{{7*7}}<script>.png', good, 'fine');
  add('name/ünïcödé 图片.png', good, 'fine');
  add('name/\u202egnp.exe.png', good, 'fine');
  add(`name/${'n'.repeat(251)}.png`, good, 'fine');
  add('name/__proto__.png', good, 'fine');
  add('name/constructor/toString.png', good, 'fine');
  if (process.platform !== 'win32') {
    add('name/..\\..\\escape.png', good, 'unseen');
    add('name/line\nbreak.png', good, 'unseen');
    add('name/tab\t.png', good, 'unseen');
    add('name/escape\u001b[2J.png', good, 'unseen');
    writeFileSync(
      Buffer.concat([Buffer.from(path.join(root, 'name/')), Buffer.from([0xff, 0xfe]), Buffer.from('.png')]),
      good,
    );
    files.push({ path: 'name/\ufffd\ufffd.png', fate: 'unseen' });
    links(root, outside, files);
  }
  return files;
}

/** Links, pipes and folders where pictures should be. */
function links(root: string, outside: string, files: HostileFile[]): void {
  const folder = path.join(root, 'link');
  mkdirSync(folder);
  const link = (name: string, target: string): void => {
    symlinkSync(target, path.join(folder, name));
    files.push({ path: `link/${name}`, fate: 'unseen' });
  };
  link('file.png', outside);
  link('relative.png', path.relative(folder, outside));
  link('folder', path.dirname(outside));
  link('itself.png', 'itself.png');
  link('up', '..');
  link('nowhere.png', '/nowhere/at/all.png');
  link('zero.png', '/dev/zero');
  link('random.png', '/dev/urandom');
  link('passwords.png', '/etc/passwd');
  link('memory.png', '/proc/self/mem');
  mkdirSync(path.join(folder, 'folder.png'));
  files.push({ path: 'link/folder.png', fate: 'unseen' });
  if (spawnSync('mkfifo', [path.join(folder, 'pipe.png')]).status === 0)
    files.push({ path: 'link/pipe.png', fate: 'unseen' });
}

function frameAt(file: Buffer): number {
  for (let at = 2; at < file.length; at += 2 + file.readUInt16BE(at + 2))
    if ([0xc0, 0xc1, 0xc2].includes(file[at + 1] ?? 0)) return at;
  throw new Error('no frame');
}

function withFrameSize(file: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(file);
  const at = frameAt(file);
  changed.writeUInt16BE(height, at + 5);
  changed.writeUInt16BE(width, at + 7);
  return changed;
}

/** The frame says four components; only its header is as in a picture of CMYK. */
function withComponents(file: Buffer, components: number): Buffer {
  const at = frameAt(file);
  const frame = Buffer.from(file.subarray(at, at + 2 + file.readUInt16BE(at + 2)));
  const wider = Buffer.concat([frame, Buffer.from([4, 0x11, 0])]);
  wider.writeUInt16BE(wider.length - 2, 2);
  wider[9] = components;
  return Buffer.concat([file.subarray(0, at), wider, file.subarray(at + frame.length)]);
}

/** From the last scan on, again and again. */
function manyScans(file: Buffer, times: number): Buffer {
  const at = file.lastIndexOf(Buffer.from([0xff, 0xda]));
  const scan = file.subarray(at, file.length - 2);
  return Buffer.concat([
    file.subarray(0, at),
    ...Array.from({ length: times }, () => scan),
    file.subarray(file.length - 2),
  ]);
}

/** From the frame on: without what the pixels are unpacked by. */
function withoutTables(file: Buffer): Buffer {
  const at = frameAt(file);
  const frame = file.subarray(at, at + 2 + file.readUInt16BE(at + 2));
  return Buffer.concat([frame, file.subarray(file.lastIndexOf(Buffer.from([0xff, 0xda])))]);
}

function twice(file: Buffer): Buffer {
  const at = frameAt(file);
  const frame = file.subarray(at, at + 2 + file.readUInt16BE(at + 2));
  return Buffer.concat([file.subarray(0, at), frame, file.subarray(at)]);
}
