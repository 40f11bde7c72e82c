import type { BackendName } from '@gansweep/runtime';

/** What a probe measured. */
export interface Probe {
  readonly name: string;
  /** Of the library behind the backend. */
  readonly version: string;
  readonly device: string;
  /** Milliseconds of one step of the probe's program, a dense layer. */
  readonly stepMs: number;
  /** 10⁹ floating-point operations a second. */
  readonly gflops: number;
}

export interface ProbeOrder {
  readonly backend: BackendName;
  readonly backendHome: string;
}

export type ProbeAnswer =
  | { readonly kind: 'measured'; readonly probe: Probe }
  | { readonly kind: 'unavailable'; readonly message: string };
