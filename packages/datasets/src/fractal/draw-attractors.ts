import { randomStream, STREAMS } from '@gansweep/domain';
import { type AttractorParameters, visitsOf } from './attractor.ts';

/** The same attractors in every run, whatever its seed. */
const SEED = 1;
const [MAGNITUDE_LEAST, MAGNITUDE_MOST] = [0.05, 3];

export interface Attractor {
  readonly parameters: AttractorParameters;
  /** @see visitsOf */
  readonly visits: Uint32Array;
}

/**
 * Attractors in the order of their draws, those that are no picture left out: x₀ and y₀ from U(−1, 1), magnitudes of a, b, c
 * and d from U(.05, 3) with one sign for all four, as every one of the 1,984 published sets of parameters has.
 */
export function* drawAttractors(): Generator<Attractor, never> {
  const random = randomStream(SEED, STREAMS.fractals);
  const uniforms = new Float64Array(7);
  for (let draw = 0; ; draw++) {
    random.uniforms(draw, uniforms);
    const [x, y, sign, ...rest] = uniforms as unknown as readonly number[] as readonly [
      number,
      number,
      number,
      ...number[],
    ];
    const side = sign < 0.5 ? -1 : 1;
    const [a, b, c, d] = rest.map(
      (uniform) => side * (MAGNITUDE_LEAST + (MAGNITUDE_MOST - MAGNITUDE_LEAST) * uniform),
    ) as [number, number, number, number];
    const parameters = [2 * x - 1, 2 * y - 1, a, b, c, d] as const;
    const visits = visitsOf(parameters);
    if (visits !== null) yield { parameters, visits };
  }
}
