import { decodeJpeg, isJpeg } from './jpeg.ts';
import { BadPicture, type DecodedPicture } from './picture.ts';
import { decodePng, isPng } from './png.ts';

/** Other pictures that folders hold, by their first bytes: named, so that a person knows what to convert. */
const OTHERS: readonly (readonly [name: string, begins: RegExp])[] = [
  ['GIF', /^GIF8/],
  ['WebP', /^RIFF.{4}WEBP/s],
  ['BMP', /^BM/],
  ['TIFF', /^(II\*\0|MM\0\*)/],
  ['HEIF or AVIF', /^.{4}ftyp/s],
  ['SVG or XML', /^\s*<(\?xml|svg)/i],
  ['PDF', /^%PDF/],
  ['JPEG 2000', /^(\0\0\0\fjP|\xff\x4f\xff\x51)/],
];

/** Decodes a PNG or JPEG, whatever its name says. @throws BadPicture for anything else. */
export async function decodePicture(file: Uint8Array): Promise<DecodedPicture> {
  if (isPng(file)) return decodePng(file);
  if (isJpeg(file)) return decodeJpeg(file);
  if (file.length === 0) throw new BadPicture('the file is empty');
  const begin = Buffer.from(file.subarray(0, 16)).toString('latin1');
  const other = OTHERS.find(([, begins]) => begins.test(begin));
  throw new BadPicture(other ? `${other[0]}, not PNG or JPEG: convert it` : 'neither PNG nor JPEG');
}
