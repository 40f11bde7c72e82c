import {
  lawBox,
  lawModes,
  type PlaneLaw,
  type PlaneReals,
  type PluginName,
  type PointSamples,
  type ProtocolId,
} from '@gansweep/domain';
import { type FeatureMatrix, featureMatrix, firstRows } from '../metrics/feature-matrix.ts';
import { frechetDistance, type GaussianFit, gaussianFit } from '../metrics/frechet-distance.ts';
import { gridDivergence } from '../metrics/grid-divergence.ts';
import { modeScores } from '../metrics/mode-scores.ts';
import { type SortedProjections, slicedWasserstein, sortedProjections } from '../metrics/sliced-wasserstein.ts';
import { measureByPlugin } from '../plugins/metrics.ts';
import type { Measurement } from './measurement.ts';
import { once } from './once.ts';

export type PlaneProtocol = Extract<ProtocolId, `${string}2d/v1`>;

/** Points of a generator that the protocols of the plane look at, and of the law on the other side. */
export const PLANE_SAMPLES = 10_000;
const MODE_SAMPLES = 2_500;
const MODE_SIGMAS = 3;
const CELLS_PER_SIDE = 30;
const CELL_FLOOR = 1e-6;
const DIRECTIONS = 128;
/** One set of real points for every run, so that scores differ by their fakes alone. */
const REAL_SEED = 1;

/** The real side of a law; what only some protocols look at is made when the first of them asks. */
interface RealPlane {
  readonly points: FeatureMatrix;
  readonly fit: () => GaussianFit;
  readonly projections: () => SortedProjections;
}

/** The real side never changes, so each law is drawn once a process. */
const realPlanes = new WeakMap<PlaneReals, RealPlane>();

function realPlane(heldOut: PlaneReals): RealPlane {
  const known = realPlanes.get(heldOut);
  if (known !== undefined) return known;
  const drawn = new Float32Array(2 * PLANE_SAMPLES);
  heldOut.draw(REAL_SEED, 0, drawn);
  const points = featureMatrix(drawn, 2);
  const side = {
    points,
    fit: once(() => gaussianFit(points)),
    projections: once(() => sortedProjections(points, DIRECTIONS)),
  };
  realPlanes.set(heldOut, side);
  return side;
}

const RAW_POINTS = { extractor: null, preprocessing: { space: 'raw points' } } as const;
const HELD_OUT = { split: 'held-out', n: PLANE_SAMPLES, seed: REAL_SEED } as const;

/** Scores points of the plane under one protocol. @param fakes `[10,000, 2]`. */
export function measurePlane(options: {
  readonly protocol: PlaneProtocol;
  readonly law: PlaneLaw;
  readonly heldOut: PlaneReals;
  readonly fakes: FeatureMatrix;
}): Measurement {
  const { protocol, law, heldOut, fakes } = options;
  switch (protocol) {
    case 'density2d/v1': {
      const box = lawBox(law);
      const { points } = realPlane(heldOut);
      const { js, kl } = gridDivergence({
        real: points,
        fake: fakes,
        box,
        cellsPerSide: CELLS_PER_SIDE,
        floor: CELL_FLOOR,
      });
      return {
        ...RAW_POINTS,
        scores: { js, kl },
        real: HELD_OUT,
        fakes: fakes.rows,
        estimator: {
          cellsPerSide: CELLS_PER_SIDE,
          boxLow: box.low,
          boxHigh: box.high,
          floor: CELL_FLOOR,
          outside: 'own cell',
          kl: 'KL(real ‖ fake)',
          unit: 'nat',
        },
        uncertainty: null,
      };
    }
    case 'modes2d/v1':
    case 'mode-counts2d/v1': {
      const modes = lawModes(law);
      if (modes === null) throw new RangeError(`${protocol} needs a law with separate modes, not ${law}`);
      const found = modeScores({ points: firstRows(fakes, MODE_SAMPLES), modes, sigmas: MODE_SIGMAS });
      return {
        ...RAW_POINTS,
        scores:
          protocol === 'modes2d/v1'
            ? { modes: found.modes, hq: found.highQuality, 'mode-kl': found.kl, 'mode-js': found.js }
            : { 'mode-entropy': found.entropy, 'mode-variance': found.countVariance },
        real: { split: 'modes of the law', n: modes.centres.length, seed: 0 },
        fakes: MODE_SAMPLES,
        estimator: {
          sigma: modes.sigma,
          withinSigmas: MODE_SIGMAS,
          inequality: '<',
          ...(protocol === 'modes2d/v1' ? { kl: 'KL(high-quality fakes ‖ uniform)' } : { divisor: 'modes' }),
          noHighQuality: 'as a single mode',
          unit: 'nat',
        },
        uncertainty: null,
      };
    }
    case 'points2d/v1': {
      const { fit, projections } = realPlane(heldOut);
      return {
        ...RAW_POINTS,
        scores: {
          'fd-points': frechetDistance({ real: fit(), fake: gaussianFit(fakes) }),
          sw2: slicedWasserstein({ real: projections(), fake: fakes, order: 2 }),
        },
        real: HELD_OUT,
        fakes: fakes.rows,
        estimator: { covarianceDivisor: 'n − 1', biased: false, directions: DIRECTIONS, directionLaw: 'even angles' },
        uncertainty: null,
      };
    }
  }
}

/** Scores points of the plane by a metric of a plugin. @param fakes `[10,000, 2]`. */
export function measurePoints(options: {
  readonly protocol: PluginName;
  readonly heldOut: PlaneReals;
  readonly fakes: FeatureMatrix;
}): Measurement {
  const { protocol, heldOut, fakes } = options;
  const samplesOf = ({ rows, data }: FeatureMatrix): PointSamples => ({
    kind: 'points',
    count: rows,
    data: Float32Array.from(data),
  });
  return {
    ...RAW_POINTS,
    ...measureByPlugin(protocol, { real: samplesOf(realPlane(heldOut).points), fake: samplesOf(fakes) }),
    real: HELD_OUT,
    fakes: fakes.rows,
    uncertainty: null,
  };
}
