import type { PointNumbers } from './random/philox.ts';

/** Samples as they leave a generator or a data set, at the edge of the programs. */
export interface ImageSamples {
  readonly kind: 'images';
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** `[count, height, width, channels]`, 0…255. */
  readonly data: Uint8Array;
}

/** Images as a generator makes them, before they become bytes: `[count, height, width, channels]`, 0…255 where it keeps to its range. */
export type UnroundedImages = Omit<ImageSamples, 'data'> & { readonly data: Float32Array };

/** Images at a place of each of some paths between latent vectors, and a small step of the path's parameter further on. */
export interface PathEnds {
  readonly from: UnroundedImages;
  readonly to: UnroundedImages;
}

/** Images, and the same ones of moved inputs. */
export interface ShiftedImages {
  readonly plain: UnroundedImages;
  readonly moved: UnroundedImages;
  /** How far the input of each was moved, in pixels to the right and down. */
  readonly shifts: readonly { readonly x: number; readonly y: number }[];
}

/** Images, and the same ones of inputs that were turned about the centre of the image. */
export interface TurnedImages {
  readonly plain: UnroundedImages;
  readonly turned: UnroundedImages;
  /** How far the input of each was turned, in radians clockwise. */
  readonly angles: readonly number[];
}

export interface PointSamples {
  readonly kind: 'points';
  readonly count: number;
  /** `[count, 2]`, in the coordinates of the law. */
  readonly data: Float32Array;
}

export type Samples = ImageSamples | PointSamples;

/** Real images, addressed by position; the reader owns the memory. */
export interface ImageReals {
  readonly kind: 'images';
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Number of each image's class, an index into `classes`; absent where the set has none. */
  readonly labels?: ArrayLike<number>;
  /** Names of the classes in the order of their numbers. */
  readonly classes?: readonly string[];
  /** Numbers known of each image, `[count, vectorLength]`, each of mean 0 and variance 1 over the set; absent where there are none. */
  readonly vectors?: Float32Array;
  /** Pixels of a frame of zeros that these images were kept with and are shown without; scores put it around them again. */
  readonly margin?: number;
  /** Names these images: equal where they are; absent where nobody vouches for that. */
  readonly content?: string;
  /** Copies the images at `positions` into `out`, `[positions.length, height, width, channels]` uint8. */
  copy(positions: Uint32Array, out: Uint8Array): void;
  /**
   * Opens a reader that gathers images while this thread does other work; absent where the images lie in memory anyway.
   * @param images how many at least are to be asked for and not yet taken.
   */
  readonly openReader?: (images: number) => ImageReader;
}

/** Gathers images ahead of their use, in the order in which they were asked for. The opener disposes of it. */
export interface ImageReader extends AsyncDisposable {
  /** Images that may be asked for and not yet taken. */
  readonly capacity: number;
  /** Asks for the images at `positions`, which are copied. @throws RangeError beyond the capacity or the set. */
  ask(positions: Uint32Array): void;
  /**
   * Fills `out`, `[n, height, width, channels]`, with the next n images that were asked for; waits where they are not
   * there yet. @throws Error saying why when they never will be.
   */
  take(out: Uint8Array): Promise<void>;
}

/** A law of the plane: fresh points for every draw of a seed. */
export interface PlaneReals {
  readonly kind: 'plane';
  /** Fills `out`, `[n, 2]`; the same (seed, draw, n) gives the same points. `draw` numbers the D update, from 0. */
  draw(seed: number, draw: number, out: Float32Array): void;
  /** How the points of all draws come from a stream's numbers, for those who draw many at once; absent where they do not. */
  readonly law?: {
    readonly stream: number;
    /** Point by point. @param out `[n, 2]`. */
    readonly place: (numbers: PointNumbers, out: Float32Array) => void;
  };
}

export type RealSource = ImageReals | PlaneReals;
