import { type FeatureMatrix, rowDot } from './feature-matrix.ts';
import { nuclearNorm } from './nuclear-norm.ts';
import { triangularFactor } from './triangular-factor.ts';

/** Mean and covariance of a feature set, the covariance Σ as a factor F with FᵀF = Σ. */
export interface GaussianFit {
  readonly n: number;
  readonly mean: Float64Array;
  /** `[min(n, d), d]`. */
  readonly factor: FeatureMatrix;
}

/**
 * Fits a Gaussian in two passes (mean, then centred features); the covariance has divisor n − 1.
 * With n ≤ d the factor is the centred features themselves, else their triangular factor.
 */
export function gaussianFit(features: FeatureMatrix): GaussianFit {
  const { rows: n, columns: d, data } = features;
  if (n < 2) throw new RangeError(`a covariance needs at least 2 samples, not ${n}`);
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < d; k++) mean[k] = (mean[k] as number) + (data[i * d + k] as number) / n;
  const centred = new Float64Array(n * d);
  const scale = 1 / Math.sqrt(n - 1);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < d; k++) centred[i * d + k] = ((data[i * d + k] as number) - (mean[k] as number)) * scale;
  const matrix = { rows: n, columns: d, data: centred };
  return { n, mean, factor: n > d ? triangularFactor(matrix) : matrix };
}

/**
 * Fréchet distance ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½), in squared units of the features, ≥ 0.
 * The eigenvalues of Σ₁Σ₂ are the squared singular values of F₁F₂ᵀ, so the last trace is a nuclear norm: no matrix
 * square root, no jitter, exact also where a covariance is singular.
 * @see Dowson and Landau (1982), J. Multivariate Analysis 12; Heusel et al. (2017), arXiv:1706.08500 (with Inception
 * features: FID, which this is not).
 */
export function frechetDistance({ real, fake }: { readonly real: GaussianFit; readonly fake: GaussianFit }): number {
  if (real.mean.length !== fake.mean.length)
    throw new RangeError(`features have ${real.mean.length} and ${fake.mean.length} dimensions`);
  let meanTerm = 0;
  real.mean.forEach((value, k) => {
    meanTerm += (value - (fake.mean[k] as number)) ** 2;
  });
  const rootTrace = nuclearNorm(product(real.factor, fake.factor));
  return Math.max(0, meanTerm + trace(real.factor) + trace(fake.factor) - 2 * rootTrace);
}

/** tr(FᵀF). */
function trace(factor: FeatureMatrix): number {
  let sum = 0;
  for (const value of factor.data) sum += value * value;
  return sum;
}

/** A·Bᵀ, its rows the smaller side. */
function product(left: FeatureMatrix, right: FeatureMatrix): FeatureMatrix {
  const [a, b] = left.rows <= right.rows ? [left, right] : [right, left];
  const data = new Float64Array(a.rows * b.rows);
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < b.rows; j++) data[i * b.rows + j] = rowDot(a, i, b, j);
  return { rows: a.rows, columns: b.rows, data };
}
