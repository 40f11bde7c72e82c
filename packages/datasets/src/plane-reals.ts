import { lawModes, normalQuantile, type PlaneLaw, type PlaneReals, randomStream, STREAMS } from '@gansweep/domain';
import { DRAWING_STROKE } from './drawing-stroke.ts';

/** One point from a uniform in (0, 1) that chooses the place, and two independent standard normals. */
type PointRule = (uniform: number, noiseX: number, noiseY: number) => readonly [x: number, y: number];

/** Numbers drawn for a point: the chooser, a second uniform, and the uniforms behind the two normals. */
const UNIFORMS_PER_POINT = 4;

/**
 * A law of the plane. Point i of a draw depends on (seed, draw, i) alone, so a longer draw begins like a shorter one.
 * @param stream purpose of the points; training and held-out points come from different streams.
 * @see poloclub/ganlab for the laws of the unit square, fjxmlzn/PacGAN for `ring8` and `grid25`.
 */
export function planeReals(law: PlaneLaw, stream: number = STREAMS.planeReals): PlaneReals {
  const rule = ruleOf(law);
  return {
    kind: 'plane',
    draw: (seed, draw, out) => {
      const count = out.length / 2;
      if (!Number.isInteger(count))
        throw new RangeError(`points need an even number of coordinates, not ${out.length}`);
      const uniforms = new Float64Array(count * UNIFORMS_PER_POINT);
      randomStream(seed, stream).uniforms(draw, uniforms);
      for (let i = 0; i < count; i++) {
        const at = i * UNIFORMS_PER_POINT;
        const [x, y] = rule(
          uniforms[at] as number,
          normalQuantile(uniforms[at + 2] as number),
          normalQuantile(uniforms[at + 3] as number),
        );
        out[2 * i] = x;
        out[2 * i + 1] = y;
      }
    },
  };
}

function ruleOf(law: PlaneLaw): PointRule {
  switch (law) {
    case 'line':
      return (u, a, b) => [0.8 - 0.75 * u + 0.01 * a, 0.6 + 0.3 * u + 0.01 * b];
    case 'gaussians':
      return (u, a, b) => (u < 0.5 ? [0.3 + 0.1 * a, 0.7 + 0.1 * b] : [0.7 + 0.05 * a, 0.4 + 0.2 * b]);
    case 'ring':
      return (u, a, b) => [
        0.5 + 0.3 * Math.cos(2 * Math.PI * u) + 0.025 * a,
        0.45 + 0.25 * Math.sin(2 * Math.PI * u) + 0.025 * b,
      ];
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

function aroundModes(law: PlaneLaw, choose: (uniform: number) => number): PointRule {
  const modes = lawModes(law);
  if (modes === null) throw new Error(`the law ${law} has no modes`);
  return around(modes.centres, modes.sigma, choose);
}

function around(
  centres: readonly (readonly [x: number, y: number])[],
  sigma: number,
  choose: (uniform: number) => number,
): PointRule {
  return (u, a, b) => {
    const centre = centres[choose(u)];
    if (centre === undefined) throw new RangeError(`no centre for ${u}`);
    return [centre[0] + sigma * a, centre[1] + sigma * b];
  };
}
