import {
  isPluginName,
  lawModes,
  type OwnPlaneLaw,
  type PlaneLaw,
  type PlaneReals,
  type PointNumbers,
  randomStream,
  STREAMS,
} from '@gansweep/domain';
import { DRAWING_STROKE } from './drawing-stroke.ts';

/** Writes points, `[n, 2]`, each from a uniform that chooses the place and two independent standard normals. */
type Placing = (numbers: PointNumbers, out: Float32Array) => void;

/**
 * A law of the plane of ours. Point i of a draw depends on (seed, draw, i) alone, so a longer draw begins like a shorter one.
 * @param stream purpose of the points; training and held-out points come from different streams.
 * @see poloclub/ganlab for the laws of the unit square, fjxmlzn/PacGAN for `ring8` and `grid25`.
 */
export function planeReals(law: PlaneLaw, stream: number = STREAMS.planeReals): PlaneReals {
  if (isPluginName(law)) throw new TypeError(`${law} is opened with the values of its fields: openDataset`);
  return placedReals(placingOf(law), stream);
}

/** Points that are placed by numbers of a stream. */
export function placedReals(place: Placing, stream: number): PlaneReals {
  return {
    kind: 'plane',
    law: { stream, place },
    draw: (seed, draw, out) => {
      const count = out.length / 2;
      if (!Number.isInteger(count))
        throw new RangeError(`points need an even number of coordinates, not ${out.length}`);
      const numbers = { uniforms: new Float64Array(count), normals: new Float64Array(2 * count) };
      randomStream(seed, stream).points(draw, numbers);
      place(numbers, out);
    },
  };
}

function placingOf(law: OwnPlaneLaw): Placing {
  switch (law) {
    case 'line':
      return pointwise((u, a, b) => [0.8 - 0.75 * u + 0.01 * a, 0.6 + 0.3 * u + 0.01 * b]);
    case 'gaussians':
      return pointwise((u, a, b) => (u < 0.5 ? [0.3 + 0.1 * a, 0.7 + 0.1 * b] : [0.7 + 0.05 * a, 0.4 + 0.2 * b]));
    case 'ring':
      return pointwise((u, a, b) => [
        0.5 + 0.3 * Math.cos(2 * Math.PI * u) + 0.025 * a,
        0.45 + 0.25 * Math.sin(2 * Math.PI * u) + 0.025 * b,
      ]);
    case 'drawing':
      return around(DRAWING_STROKE, 0.02, (u) => Math.floor(u * DRAWING_STROKE.length));
    case 'disjoint':
      // Probabilities .333, .333, .334, as printed.
      return aroundModes(law, (u) => (u < 0.333 ? 0 : u < 0.666 ? 1 : 2));
    case 'ring8':
      return aroundModes(law, (u) => Math.floor(u * 8));
    case 'grid25':
      return aroundModes(law, (u) => Math.floor(u * 25));
  }
}

function pointwise(rule: (u: number, a: number, b: number) => readonly [x: number, y: number]): Placing {
  return ({ uniforms, normals }, out) => {
    for (let i = 0; i < uniforms.length; i++) {
      const point = rule(uniforms[i] as number, normals[2 * i] as number, normals[2 * i + 1] as number);
      out[2 * i] = point[0];
      out[2 * i + 1] = point[1];
    }
  };
}

function aroundModes(law: OwnPlaneLaw, choose: (uniform: number) => number): Placing {
  const modes = lawModes(law);
  if (modes === null) throw new Error(`the law ${law} has no modes`);
  return around(modes.centres, modes.sigma, choose);
}

/** Round Gaussians. @param choose from a uniform in (0, 1), the number of a centre. */
function around(
  centres: readonly (readonly [x: number, y: number])[],
  sigma: number,
  choose: (uniform: number) => number,
): Placing {
  const places = Float64Array.from(centres.flat());
  return ({ uniforms, normals }, out) => {
    for (let i = 0; i < uniforms.length; i++) {
      const at = 2 * choose(uniforms[i] as number);
      out[2 * i] = (places[at] as number) + sigma * (normals[2 * i] as number);
      out[2 * i + 1] = (places[at + 1] as number) + sigma * (normals[2 * i + 1] as number);
    }
  };
}
