import { crc32, inflateSync } from 'node:zlib';
import { BadPicture, type DecodedPicture, refuseSize } from './picture.ts';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const [GREY, RGB, PALETTE, GREY_ALPHA, RGBA] = [0, 2, 3, 4, 6] as const;
const SAMPLES: ReadonlyMap<number, number> = new Map([
  [GREY, 1],
  [RGB, 3],
  [PALETTE, 1],
  [GREY_ALPHA, 2],
  [RGBA, 4],
]);
const DEPTHS: ReadonlyMap<number, readonly number[]> = new Map([
  [GREY, [1, 2, 4, 8, 16]],
  [RGB, [8, 16]],
  [PALETTE, [1, 2, 4, 8]],
  [GREY_ALPHA, [8, 16]],
  [RGBA, [8, 16]],
]);
/** First column and row, steps between columns and rows, of the seven passes of an interlaced picture. */
const PASSES: readonly (readonly [x: number, y: number, stepX: number, stepY: number])[] = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];
const WHOLE: typeof PASSES = [[0, 0, 1, 1]];
const ANCILLARY = /^[a-z]/;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly samples: number;
  readonly interlaced: boolean;
}

interface Chunks {
  readonly header: Header;
  readonly palette: Uint8Array | null;
  readonly transparency: Uint8Array | null;
  readonly data: readonly Uint8Array[];
}

export function isPng(file: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => file[i] === byte);
}

/**
 * Decodes a PNG of any colour type and depth, interlaced or not. No more is unpacked than the header's size takes.
 * Animated ones are refused; colour profiles and gamma are passed over.
 * @throws BadPicture for anything that is not a whole picture within the limits.
 * @see https://www.w3.org/TR/png-3/
 */
export function decodePng(file: Uint8Array): DecodedPicture {
  const chunks = readChunks(file);
  const { header } = chunks;
  const { width, height } = header;
  const passes = (header.interlaced ? PASSES : WHOLE).map(([x, y, stepX, stepY]) => ({
    x,
    y,
    stepX,
    stepY,
    columns: Math.ceil((width - x) / stepX),
    rows: Math.ceil((height - y) / stepY),
  }));
  const rowBytes = (columns: number): number => Math.ceil((columns * header.samples * header.depth) / 8);
  const filled = passes.filter(({ columns, rows }) => columns > 0 && rows > 0);
  const expected = filled.reduce((sum, { columns, rows }) => sum + rows * (rowBytes(columns) + 1), 0);
  const raw = unpack(chunks.data, expected);
  const rgba = new Uint8Array(4 * width * height);
  let at = 0;
  for (const pass of filled) {
    const bytes = rowBytes(pass.columns);
    let above: Uint8Array | null = null;
    for (let row = 0; row < pass.rows; row++) {
      const line = raw.subarray(at + 1, at + 1 + bytes);
      unfilter({
        filter: raw[at] as number,
        line,
        above,
        pixelBytes: Math.max(1, (header.samples * header.depth) >> 3),
      });
      const first = 4 * ((pass.y + row * pass.stepY) * width + pass.x);
      writeRow({ line, columns: pass.columns, chunks, rgba, first, step: 4 * pass.stepX });
      above = line;
      at += bytes + 1;
    }
  }
  return { width, height, rgba };
}

function readChunks(file: Uint8Array): Chunks {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let header: Header | null = null;
  let palette: Uint8Array | null = null;
  let transparency: Uint8Array | null = null;
  const data: Uint8Array[] = [];
  for (let at = SIGNATURE.length; ; ) {
    if (at + 12 > file.length) throw new BadPicture('the PNG is cut off');
    const length = view.getUint32(at);
    if (length > file.length - at - 12) throw new BadPicture('the PNG is cut off');
    const name = String.fromCharCode(...file.subarray(at + 4, at + 8));
    const content = file.subarray(at + 8, at + 8 + length);
    if (crc32(file.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length))
      throw new BadPicture('a checksum of the PNG is wrong: the file is damaged');
    at += 12 + length;
    if (header === null) {
      if (name !== 'IHDR') throw new BadPicture('the PNG does not begin with its header');
      header = readHeader(content, file.length);
      continue;
    }
    switch (name) {
      case 'PLTE':
        palette = content;
        break;
      case 'tRNS':
        transparency = content;
        break;
      case 'IDAT':
        data.push(content);
        break;
      case 'acTL':
        throw new BadPicture('an animated PNG; still pictures are taken');
      case 'IEND':
        if (data.length === 0) throw new BadPicture('the PNG has no pixels');
        if (header.colour === PALETTE && (palette === null || palette.length < 3 || palette.length % 3 !== 0))
          throw new BadPicture('the PNG lacks its palette');
        return { header, palette, transparency, data };
      default:
        if (!ANCILLARY.test(name)) throw new BadPicture('the PNG has a part that this version does not know');
    }
  }
}

function readHeader(content: Uint8Array, fileBytes: number): Header {
  if (content.length !== 13) throw new BadPicture("the PNG's header has another length");
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth = 0, colour = -1, compression, filter, interlace = 2] = content.subarray(8);
  refuseSize({ width, height, fileBytes });
  const samples = SAMPLES.get(colour);
  if (samples === undefined || !DEPTHS.get(colour)?.includes(depth))
    throw new BadPicture(`colour type ${colour} with ${depth} bits is no PNG`);
  if (compression !== 0 || filter !== 0 || interlace > 1)
    throw new BadPicture('the PNG is packed in a way that this version does not know');
  return { width, height, depth, colour, samples, interlaced: interlace === 1 };
}

function unpack(data: readonly Uint8Array[], expected: number): Uint8Array {
  let raw: Uint8Array;
  try {
    raw = inflateSync(data.length === 1 ? (data[0] as Uint8Array) : Buffer.concat(data), { maxOutputLength: expected });
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new BadPicture(
      isTooLarge ? 'the PNG holds more than its header says' : 'the pixels of the PNG cannot be unpacked',
      { cause: error },
    );
  }
  if (raw.length < expected) throw new BadPicture('the PNG holds less than its header says');
  return raw;
}

/** Undoes the filter of one row in place. */
function unfilter({
  filter,
  line,
  above,
  pixelBytes,
}: {
  readonly filter: number;
  readonly line: Uint8Array;
  readonly above: Uint8Array | null;
  readonly pixelBytes: number;
}): void {
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let i = pixelBytes; i < line.length; i++) line[i] = (line[i] as number) + (line[i - pixelBytes] as number);
      return;
    case 2:
      if (above) for (let i = 0; i < line.length; i++) line[i] = (line[i] as number) + (above[i] as number);
      return;
    case 3:
      for (let i = 0; i < line.length; i++) {
        const left = i < pixelBytes ? 0 : (line[i - pixelBytes] as number);
        line[i] = (line[i] as number) + ((left + (above?.[i] ?? 0)) >> 1);
      }
      return;
    case 4:
      for (let i = 0; i < line.length; i++) {
        const left = i < pixelBytes ? 0 : (line[i - pixelBytes] as number);
        const corner = i < pixelBytes ? 0 : (above?.[i - pixelBytes] ?? 0);
        line[i] = (line[i] as number) + paeth(left, above?.[i] ?? 0, corner);
      }
      return;
    default:
      throw new BadPicture('a row of the PNG has a filter that there is not');
  }
}

function paeth(left: number, up: number, corner: number): number {
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/** Writes one row of samples as red, green, blue, opacity. @param step bytes from one pixel to the next in `rgba`. */
function writeRow({
  line,
  columns,
  chunks: { header, palette, transparency },
  rgba,
  first,
  step,
}: {
  readonly line: Uint8Array;
  readonly columns: number;
  readonly chunks: Chunks;
  readonly rgba: Uint8Array;
  readonly first: number;
  readonly step: number;
}): void {
  const { depth, colour, samples } = header;
  const most = 2 ** depth - 1;
  const sampleAt = (i: number): number => {
    if (depth === 8) return line[i] as number;
    if (depth === 16) return ((line[2 * i] as number) << 8) | (line[2 * i + 1] as number);
    const bit = i * depth;
    return ((line[bit >> 3] as number) >> (8 - depth - (bit & 7))) & most;
  };
  const inByte = depth === 8 ? (value: number) => value : (value: number) => Math.round((value * 255) / most);
  // The one colour that is not there, in pictures without an opacity of their own.
  const clear =
    transparency !== null && colour !== PALETTE && transparency.length >= 2 * samples
      ? Array.from(
          { length: samples },
          (_, s) => ((transparency[2 * s] as number) << 8) | (transparency[2 * s + 1] as number),
        )
      : null;
  for (let x = 0, to = first; x < columns; x++, to += step) {
    const at = x * samples;
    const one = sampleAt(at);
    if (colour === PALETTE) {
      const entry = 3 * one;
      if (palette === null || entry >= palette.length) throw new BadPicture('a pixel of the PNG is not in its palette');
      rgba[to] = palette[entry] as number;
      rgba[to + 1] = palette[entry + 1] as number;
      rgba[to + 2] = palette[entry + 2] as number;
      rgba[to + 3] = transparency?.[one] ?? 255;
      continue;
    }
    const isGrey = samples < 3;
    const [green, blue] = isGrey ? [one, one] : [sampleAt(at + 1), sampleAt(at + 2)];
    rgba[to] = inByte(one);
    rgba[to + 1] = inByte(green);
    rgba[to + 2] = inByte(blue);
    if (samples === 2 || samples === 4) rgba[to + 3] = inByte(sampleAt(at + samples - 1));
    else
      rgba[to + 3] =
        clear !== null && one === clear[0] && (isGrey || (green === clear[1] && blue === clear[2])) ? 0 : 255;
  }
}
