import type { NoiseLaw } from './configuration.ts';

/**
 * Laws of a latent vector that a foreign generator may want. `uniform` is U(−1, 1), `unit-uniform` U(0, 1); the truncated
 * ones are cut at two deviations, `unit-truncated-gaussian` around .5 with deviation .25; `spherical` lies on the sphere of
 * radius √size, `unit-sphere` on that of radius 1.
 */
export const LATENT_LAWS = [
  'gaussian',
  'uniform',
  'unit-uniform',
  'truncated-gaussian',
  'unit-truncated-gaussian',
  'spherical',
  'unit-sphere',
] as const;
export type LatentLaw = (typeof LATENT_LAWS)[number];

/** Values of a generator's pixels: −1…1, 0…1, 0…255. */
export const PIXEL_RANGES = ['signed', 'unit', 'bytes'] as const;
export type PixelRange = (typeof PIXEL_RANGES)[number];

export const GENERATOR_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** What a foreign generator gives: points `[n, 2]`, or images `[n, channels, height, width]` or `[n, height, width, channels]`. */
export type ForeignOutput =
  | { readonly name: string; readonly kind: 'points' }
  | {
      readonly name: string;
      readonly kind: 'images';
      readonly layout: 'nchw' | 'nhwc';
      readonly height: number;
      readonly width: number;
      readonly channels: 1 | 3;
      readonly range: PixelRange;
    };

/** A generator that was trained elsewhere and is kept as an ONNX file: what it is, and how it is read. */
export interface ForeignGenerator {
  readonly name: string;
  /** sha256 of its weight tensors: what it is. */
  readonly weights: string;
  /** Where it lies, on the machine that has it. */
  readonly path: string;
  /** sha256 of the file. */
  readonly file: string;
  readonly latent: { readonly input: string; readonly size: number; readonly law: LatentLaw };
  /** What it is told of a sample's class, a number or one-hot; null where nothing. */
  readonly classes: {
    readonly input: string;
    readonly form: 'number' | 'one-hot';
    readonly type: 'float32' | 'int32' | 'int64';
    readonly count: number;
  } | null;
  /** Noise of its layers beside the latent vector, N(0, I); null where it takes none. */
  readonly layerNoise: { readonly input: string; readonly size: number } | null;
  /** ψ, a scalar; null where it takes none. */
  readonly truncation: { readonly input: string; readonly value: number } | null;
  readonly output: ForeignOutput;
  /** Samples of a call, where the file fixes their number; null where it takes any. */
  readonly batch: number | null;
}

/** Keys of the notes with which our own exports say how they are read. */
export const GENERATOR_NOTES = {
  law: 'gansweep.latent',
  range: 'gansweep.range',
  classes: 'gansweep.classes',
  truncation: 'gansweep.truncation',
} as const;

/** The law of a model's noise by its name here; one of a plugin has none, and keeps its own. */
export function latentLawOf({
  noise,
  unit,
  plane,
}: {
  readonly noise: NoiseLaw;
  /** The model's uniform noise is U(0, 1). */
  readonly unit: boolean;
  /** The model makes points. */
  readonly plane: boolean;
}): LatentLaw | NoiseLaw {
  if (noise === 'uniform' && unit) return 'unit-uniform';
  if (noise === 'truncated-gaussian' && plane) return 'unit-truncated-gaussian';
  return noise;
}
