/** A decoded picture: red, green, blue and opacity, `[height, width, 4]`, 0…255; 16-bit samples are rounded to 8. */
export interface DecodedPicture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array | Uint8ClampedArray;
}

/** A file that is no picture, or one that is not taken. The message completes "FILE: …" and holds nothing of the file. */
export class BadPicture extends Error {
  override readonly name = 'BadPicture';
}

/** What is looked at before anything is unpacked. */
export const PICTURE_LIMITS = {
  fileBytes: 64 * 2 ** 20,
  side: 8192,
  pixels: 40_000_000,
  /** Unpacked to packed bytes, of pictures with more than `ratioFromPixels`: small flat drawings are honest. */
  ratio: 200,
  ratioFromPixels: 4_000_000,
} as const;

/** @throws BadPicture for sizes that are not taken. Called with the header's numbers. */
export function refuseSize({
  width,
  height,
  fileBytes,
}: {
  readonly width: number;
  readonly height: number;
  readonly fileBytes: number;
}): void {
  const { side, pixels, ratio, ratioFromPixels } = PICTURE_LIMITS;
  if (width < 1 || height < 1) throw new BadPicture('it says that it has no pixels');
  if (width > side || height > side)
    throw new BadPicture(`${width} × ${height} pixels; a side of at most ${side} is taken`);
  if (width * height > pixels)
    throw new BadPicture(`${width} × ${height} pixels; at most ${pixels / 1e6} million are taken`);
  if (width * height > ratioFromPixels && (3 * width * height) / fileBytes > ratio)
    throw new BadPicture(`${width} × ${height} pixels from ${fileBytes} bytes: it may be made to fill memory`);
}
