import type { Colour } from '../pictures/square-of.ts';

/** What a decoder is told once. */
export interface DecoderSettings {
  /** Real path of the folder. */
  readonly root: string;
  readonly side: number;
  readonly channels: 1 | 3;
  readonly background: Colour;
}

/** A picture as training sees it, and what is known of its file. */
export interface PreparedPicture {
  readonly kind: 'prepared';
  /** Of the file's bytes. */
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  /** Standard deviation of the prepared values, 0…127.5: near 0 for a picture of one colour. */
  readonly spread: number;
  /** `[side, side, channels]`. */
  readonly pixels: Uint8Array;
}

export type DecodeAnswer = PreparedPicture | { readonly kind: 'bad'; readonly reason: string };

export type DecoderOrder =
  | { readonly kind: 'settings'; readonly settings: DecoderSettings }
  /** Answered in order. */
  | { readonly kind: 'decode'; readonly file: string };

export type DecoderNews = { readonly kind: 'ready' } | { readonly kind: 'answer'; readonly answer: DecodeAnswer };
