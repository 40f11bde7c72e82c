import type { Mlp2dConfiguration, ScoreName } from '@gansweep/domain';
import type { LivePoint } from '@gansweep/gan/browser';

/** How fast a training moves, in iterations a second; null is as fast as it can. It pauses once at `until` images seen. */
export interface Pace {
  readonly iterationsPerSecond: number | null;
  readonly until: number | null;
}

/** What the page asks of the trainer; one trainer has one training. */
export type Command =
  | { readonly kind: 'open'; readonly configuration: Mlp2dConfiguration; readonly seed: number }
  | { readonly kind: 'go'; readonly pace: Pace }
  | { readonly kind: 'pause' }
  /** One iteration. */
  | { readonly kind: 'step' }
  /** Answered by one `looked`; while it trains, not before it has trained as long as looking takes. */
  | { readonly kind: 'look' };

export type Report = Opened | Looked | Failed;

export interface Opened {
  readonly kind: 'opened';
  /** What executes it, as an attempt's backend says it. */
  readonly backend: { readonly name: string; readonly version: string; readonly device: string };
  /** Images seen at the end of the configuration's budget. */
  readonly totalImages: number;
  /** Some of the law's points, `[n, 2]`. */
  readonly reals: Float32Array;
}

/** The training as it stands. */
export interface Looked {
  readonly kind: 'looked';
  readonly state: 'training' | 'paused' | 'diverged';
  /** How many a `go` it has heard: what was asked before the newest one says nothing of it. */
  readonly goes: number;
  /** Where it diverged, the first tensor that was not finite. */
  readonly firstBadTensor: string | null;
  readonly imagesSeen: number;
  /** Of the last second or so of training; null before there is one. */
  readonly imagesPerSecond: number | null;
  /** Recorded since the last look. */
  readonly points: readonly LivePoint[];
  /** G's points for the fixed noise, `[n, 2]`. */
  readonly fakes: Float32Array;
  /** σ(D) on a grid over the law's view, row by row from the lower left. */
  readonly field: Float32Array;
  /** The newest scores, and where they were taken; null where none was cheap enough. */
  readonly scores: Scores | null;
}

export interface Scores {
  readonly imagesSeen: number;
  readonly values: Readonly<Partial<Record<ScoreName, number>>>;
}

export interface Failed {
  readonly kind: 'failed';
  readonly message: string;
}
