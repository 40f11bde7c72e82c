export type Colour = readonly [red: number, green: number, blue: number];

/** Pixels to encode: row-major, `channels` bytes each (1 grey, or the number of a colour of the palette; 3 RGB). */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
  /** At most 256 colours, each 0…255 whole; only with one channel. */
  readonly palette?: readonly Colour[];
}
