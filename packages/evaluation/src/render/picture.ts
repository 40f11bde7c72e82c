/** Pixels to encode: row-major, `channels` bytes each (1 grey, 3 RGB). */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}
