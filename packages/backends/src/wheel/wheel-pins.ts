import pins from './wheel-pins.json' with { type: 'json' };

/** A file of a wheel that a backend needs. `bin/pin-wheels.mjs` writes these from the wheels' own records. */
export interface MemberPin {
  /** Inside the wheel. */
  readonly path: string;
  readonly size: number;
  /** In the wheel: what has to be fetched. */
  readonly compressedSize: number;
  readonly sha256: string;
}

export interface WheelPin {
  /** Name on the package index. */
  readonly project: string;
  readonly version: string;
  /** File name of the wheel. */
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
  readonly members: readonly MemberPin[];
}

/** The wheels of a backend on a platform such as `linux-x64`, TensorFlow's first; null where there are none. */
export function wheelsOf(backend: string, platform: string): readonly WheelPin[] | null {
  const table: Readonly<Record<string, Readonly<Record<string, readonly WheelPin[]>>>> = pins;
  return table[backend]?.[platform] ?? null;
}
