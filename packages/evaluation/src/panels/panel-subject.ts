import type { ImageReals, PlaneLaw, Samples } from '@gansweep/domain';

/** What was generated at one moment, whoever did it, beside real samples. */
export interface SampleSubject {
  /** Law of the points; null for images. */
  readonly law: PlaneLaw | null;
  /** Held-out samples, the same for every run of a data set: as many as are wanted, or all there are. */
  reals(count: number): Promise<HeldOut> | HeldOut;
  /** The images that were learned from; null for points, which are drawn afresh. */
  readonly trained: ImageReals | null;
  /** Generated samples, as many as are wanted or all there are. */
  made(count: number): Promise<Samples> | Samples;
}

/** Networks at one moment, and real samples that they never saw, as a panel looks at them. */
export interface PanelSubject extends SampleSubject {
  /** Numbers of the noise. */
  readonly nz: number;
  /** How many numbers are known of each real image; 0 where none are. */
  readonly vectorLength: number;
  /** Classes that the networks are told; 0 where they are told none. */
  readonly classCount: number;
  /** Noise that is the same for every run of the same law and length. @returns `[count, nz]`. */
  noise(count: number, draw?: number): Float32Array;
  /** Noise at shares of its law. @param shares `[n, nz]` in (0, 1). */
  noiseAt(shares: Float32Array): Float32Array;
  /** @param z `[n, nz]`. @returns `[n, 2]` or `[n, channels, height, width]`, as the networks see them. */
  generate(latents: { readonly z: Float32Array; readonly classes?: ArrayLike<number> }): Promise<Float32Array>;
  /** σ(D) of samples as the networks see them. @returns `[n]`. */
  judge(samples: Float32Array, classes?: ArrayLike<number>): Promise<Float32Array>;
  /** σ(D) at points of the plane, each beside none but itself where D judges several together. @returns `[n]`. */
  surface(points: Float32Array): Promise<Float32Array>;
  /** ∂σ(D)/∂x at points of the plane. @returns `[n, 2]`. */
  pull(points: Float32Array): Promise<Float32Array>;
  /** E's codes of images as the networks see them; absent where nothing encodes. @returns `[n, nz]`. */
  readonly encode?: (samples: Float32Array) => Promise<Float32Array>;
  /** Absent where G takes no styles. */
  readonly styled?: StyledGenerator;
  /** Samples as a person sees them, and the reverse. */
  shown(samples: Float32Array): Samples;
  seen(samples: Samples): Float32Array;
}

/** A generator whose layers each take a style. */
export interface StyledGenerator {
  /** How many layers take one. */
  readonly layers: number;
  generate(latents: {
    /** `[n, nz]`. */
    readonly z: Float32Array;
    /** Class of each, where it is told one; the first for all where they are left out. */
    readonly classes?: ArrayLike<number>;
    /** ψ of each; 1 for all where it is left out. */
    readonly truncation?: Float32Array;
    /** Latents `[n, nz]` whose styles the layers from number `from` on take. */
    readonly mixing?: { readonly second: Float32Array; readonly from: number };
  }): Promise<Float32Array>;
}

export interface HeldOut {
  readonly samples: Samples;
  readonly classes?: ArrayLike<number>;
  /** Numbers known of each, `[count, vectorLength]`, of mean 0 and variance 1 over the set. */
  readonly vectors?: Float32Array;
}
