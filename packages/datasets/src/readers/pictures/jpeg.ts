import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import openLibjpeg from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import { BadPicture, type DecodedPicture, refuseSize } from './picture.ts';

const MARKER = 0xff;
const [START, END, SCAN] = [0xd8, 0xd9, 0xda];
/** Frame headers, SOF0…SOF15 without the three numbers that mean something else. */
const FRAMES = new Set([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);
/** A progressive picture has some ten; each is work over the whole picture. */
const SCANS_MAX = 100;
/** Markers without a length. */
const NO_LENGTH = new Set([0x01, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, START, END]);

export function isJpeg(file: Uint8Array): boolean {
  return file[0] === MARKER && file[1] === START && file[2] === MARKER;
}

/** libjpeg as WebAssembly. */
interface Libjpeg {
  decode(file: ArrayBuffer, turnByExif: boolean): DecodedInWasm | null;
}
interface DecodedInWasm {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}
type OpenLibjpeg = (options: {
  readonly wasmBinary: Uint8Array;
  readonly noInitialRun: true;
  readonly printErr: (line: string) => void;
}) => Promise<Libjpeg>;

/** What it says of a picture while it decodes it. */
let said: string[] = [];
let opened: Promise<Libjpeg> | null = null;

function libjpeg(): Promise<Libjpeg> {
  opened ??= (async () => {
    // The library hands its pixels over in a class of browsers.
    Object.assign(globalThis, { ImageData: PixelsOnly });
    const module = createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/dec/mozjpeg_dec.js');
    const wasmBinary = readFileSync(path.join(path.dirname(module), 'mozjpeg_dec.wasm'));
    const open = openLibjpeg as unknown as OpenLibjpeg;
    return open({ wasmBinary, noInitialRun: true, printErr: (line) => said.push(line) });
  })();
  return opened;
}

class PixelsOnly implements DecodedInWasm {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;

  constructor(data: Uint8ClampedArray, width: number, height: number) {
    this.data = data;
    this.width = width;
    this.height = height;
  }
}

/**
 * Decodes a JPEG by libjpeg in WebAssembly, where a hostile file reaches no native memory: baseline or progressive, grey or
 * colour; the EXIF orientation is passed over, pixels stay as they lie.
 * A picture that libjpeg warns of (cut off, damaged) is not taken, nor is one in CMYK.
 * @throws BadPicture for anything that is not a whole picture within the limits.
 */
export async function decodeJpeg(file: Uint8Array): Promise<DecodedPicture> {
  const { width, height } = readFrame(file);
  const decoder = await libjpeg();
  said = [];
  try {
    const decoded = decoder.decode(new Uint8Array(file).buffer, false);
    if (decoded === null || decoded.width !== width || decoded.height !== height)
      throw new BadPicture('the JPEG has another size than its frame says');
    if (said.length > 0) throw new BadPicture(`the JPEG is damaged: ${saidLast()}`);
    return { width, height, rgba: decoded.data };
  } catch (error) {
    if (error instanceof BadPicture) throw error;
    // A failed picture takes the instance with it.
    opened = null;
    throw new BadPicture(`the JPEG cannot be decoded: ${saidLast() || 'libjpeg gave up'}`, { cause: error });
  }
}

const saidLast = (): string =>
  (said.at(-1) ?? '')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 120)
    .trim();

/** Size of the picture from its frame header. */
function readFrame(file: Uint8Array): { readonly width: number; readonly height: number } {
  let size: { readonly width: number; readonly height: number } | null = null;
  let scans = 0;
  for (let at = 2; ; ) {
    if (at + 1 >= file.length) throw new BadPicture('the JPEG is cut off');
    if (file[at] !== MARKER) {
      // Only the pixels of a scan may stand between two markers.
      if (scans === 0) throw new BadPicture('the JPEG is damaged: a marker is missing');
      at += 1;
      continue;
    }
    const marker = file[at + 1] as number;
    if (marker === MARKER) {
      at += 1;
      continue;
    }
    if (marker === END) break;
    if (marker === 0 || NO_LENGTH.has(marker)) {
      at += 2;
      continue;
    }
    const length = ((file[at + 2] ?? 0) << 8) | (file[at + 3] ?? 0);
    if (length < 2 || at + 2 + length > file.length) throw new BadPicture('the JPEG is cut off');
    if (FRAMES.has(marker)) {
      if (size !== null) throw new BadPicture('the JPEG has two frames');
      if (length < 8) throw new BadPicture("the JPEG's frame is cut off");
      size = {
        height: ((file[at + 5] as number) << 8) | (file[at + 6] as number),
        width: ((file[at + 7] as number) << 8) | (file[at + 8] as number),
      };
      refuseSize({ ...size, fileBytes: file.length });
      if (file[at + 9] === 4) throw new BadPicture('a JPEG in CMYK; grey and RGB are taken');
    }
    if (marker === SCAN) {
      if (size === null) throw new BadPicture('the JPEG has pixels before its frame');
      scans += 1;
      if (scans > SCANS_MAX) throw new BadPicture(`the JPEG has more than ${SCANS_MAX} scans`);
    }
    at += 2 + length;
  }
  if (size === null || scans === 0) throw new BadPicture('the JPEG has no pixels');
  return size;
}
