import type { LawModes } from '@gansweep/domain';
import { jensenShannon, kullbackLeibler } from './divergences.ts';
import type { FeatureMatrix } from './feature-matrix.ts';

export interface ModeScores {
  /** High-quality samples of each mode. */
  readonly counts: readonly number[];
  /** Modes with at least one high-quality sample. */
  readonly modes: number;
  /** Share of high-quality samples, 0…1; a perfect generator has 1 − e^−4.5 = .989 at three sigma. */
  readonly highQuality: number;
  /** KL(histogram of high-quality samples over the modes ‖ uniform) in nats, 0…ln(modes). */
  readonly kl: number;
  /** Jensen–Shannon divergence of the same two. */
  readonly js: number;
  /** Entropy of that histogram in nats, 0…ln(modes): ln(modes) − kl. */
  readonly entropy: number;
  /** Variance of the samples of a mode over the modes (divisor: modes); of all samples at one mode where none is of high quality. */
  readonly countVariance: number;
}

/**
 * Assigns every point to its nearest mode; it is of high quality within (strictly) `sigmas` standard deviations.
 * Without a single high-quality sample the histogram does not exist; KL and JS then take their largest value, that of
 * a single mode, so that the worst generator is not left out of a mean.
 * @param points `[n, 2]`. @see Lin et al. (2018), "PacGAN", arXiv:1712.04086, and the code fjxmlzn/PacGAN.
 */
export function modeScores(options: { points: FeatureMatrix; modes: LawModes; sigmas: number }): ModeScores {
  const { points, modes, sigmas } = options;
  const k = modes.centres.length;
  const counts = new Array<number>(k).fill(0);
  const limit = sigmas * modes.sigma;
  const [xs, ys] = [modes.centres.map(([x]) => x), modes.centres.map(([, y]) => y)];
  for (let i = 0; i < points.rows; i++) {
    const [x, y] = [points.data[2 * i] as number, points.data[2 * i + 1] as number];
    let nearest = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let mode = 0; mode < k; mode++) {
      const [dx, dy] = [x - (xs[mode] as number), y - (ys[mode] as number)];
      const squared = dx * dx + dy * dy;
      if (squared < least) {
        least = squared;
        nearest = mode;
      }
    }
    const distance = Math.hypot(x - (xs[nearest] as number), y - (ys[nearest] as number));
    if (distance < limit) counts[nearest] = (counts[nearest] ?? 0) + 1;
  }
  const good = counts.reduce((sum, count) => sum + count, 0);
  const histogram = counts.map((count, mode) => (good === 0 ? Number(mode === 0) : count / good));
  const uniform = counts.map(() => 1 / k);
  const kl = kullbackLeibler(histogram, uniform);
  const counted = good === 0 ? points.rows : good;
  return {
    counts,
    modes: counts.filter((count) => count > 0).length,
    highQuality: good / points.rows,
    kl,
    js: jensenShannon(histogram, uniform),
    entropy: Math.log(k) - kl,
    countVariance: histogram.reduce((sum, share) => sum + (counted * (share - 1 / k)) ** 2, 0) / k,
  };
}
