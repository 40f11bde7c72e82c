import { kullbackLeibler } from './divergences.ts';
import type { FeatureMatrix } from './feature-matrix.ts';

export interface InceptionScore {
  /** Mean over the splits, 1…classes. */
  readonly mean: number;
  /** Standard deviation over the splits (divisor splits − 1); 0 with one split. */
  readonly deviation: number;
  readonly splits: number;
}

/**
 * exp(mean KL(p(y|x) ‖ p(y))) by a classifier's logits, averaged over consecutive parts of the samples. Only the score of
 * the original Inception network is the published inception score; with another classifier it is named for that.
 * @param logits `[samples, classes]`; probabilities are taken as a log-softmax, so that tiny ones keep their digits.
 * @see Salimans et al. (2016), "Improved techniques for training GANs", arXiv:1606.03498.
 */
export function inceptionScore({
  logits,
  splits,
}: {
  readonly logits: FeatureMatrix;
  readonly splits: number;
}): InceptionScore {
  const { rows, columns: classes } = logits;
  if (splits < 1 || rows < splits) throw new RangeError(`${rows} samples in ${splits} splits`);
  const logs = logProbabilities(logits);
  const values = Array.from({ length: splits }, (_, split) => {
    const [first, end] = [Math.floor((split * rows) / splits), Math.floor(((split + 1) * rows) / splits)];
    const marginal = new Float64Array(classes);
    for (let i = first; i < end; i++)
      for (let c = 0; c < classes; c++)
        marginal[c] = (marginal[c] as number) + Math.exp(logs[i * classes + c] as number) / (end - first);
    let divergence = 0;
    for (let i = first; i < end; i++)
      for (let c = 0; c < classes; c++) {
        const log = logs[i * classes + c] as number;
        const p = Math.exp(log);
        if (p > 0) divergence += p * (log - Math.log(marginal[c] as number));
      }
    return Math.exp(divergence / (end - first));
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / splits;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: splits < 2 ? 0 : Math.sqrt(squares / (splits - 1)), splits };
}

/** Log-softmax of every row. */
function logProbabilities({ rows, columns, data }: FeatureMatrix): Float64Array {
  const out = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) {
    const row = data.subarray(i * columns, (i + 1) * columns);
    const top = row.reduce((largest, value) => Math.max(largest, value), Number.NEGATIVE_INFINITY);
    let sum = 0;
    for (const value of row) sum += Math.exp(value - top);
    const shift = top + Math.log(sum);
    row.forEach((value, c) => {
      out[i * columns + c] = value - shift;
    });
  }
  return out;
}

/** Share of samples that a classifier assigns to the class they were drawn for, 0…1. */
export function conditionalAccuracy({
  predicted,
  wanted,
}: {
  readonly predicted: ArrayLike<number>;
  readonly wanted: ArrayLike<number>;
}): number {
  if (predicted.length !== wanted.length || predicted.length === 0)
    throw new RangeError(`${predicted.length} predictions for ${wanted.length} wishes`);
  let hits = 0;
  for (let i = 0; i < predicted.length; i++) if (predicted[i] === wanted[i]) hits++;
  return hits / predicted.length;
}

export interface ClassCounts {
  /** Classes with at least one sample. */
  readonly hit: number;
  /** KL(histogram of the samples over the classes ‖ uniform) in nats, 0…ln(classes). */
  readonly kl: number;
}

/** How evenly samples fall into `classes` classes. @param predicted class of each sample, 0…classes − 1. */
export function classCounts(predicted: ArrayLike<number>, classes: number): ClassCounts {
  if (predicted.length === 0) throw new RangeError('no samples to count');
  const counts = new Float64Array(classes);
  for (let i = 0; i < predicted.length; i++) {
    const one = predicted[i] as number;
    if (!(Number.isInteger(one) && one >= 0 && one < classes)) throw new RangeError(`class ${one} of ${classes}`);
    counts[one] = (counts[one] as number) + 1;
  }
  return {
    hit: counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0),
    kl: kullbackLeibler(
      counts.map((count) => count / predicted.length),
      counts.map(() => 1 / classes),
    ),
  };
}

/**
 * Classes 0…999 of stacked digits: three digits, one a channel, read as one number.
 * @param digits `[samples, 3]`, each 0…9. @see Metz et al. (2017), "Unrolled GANs", arXiv:1611.02163, §3.3.2.
 */
export function stackedClasses(digits: ArrayLike<number>): Uint16Array {
  if (digits.length % 3 !== 0) throw new RangeError(`${digits.length} digits do not make stacks of three`);
  return Uint16Array.from(
    { length: digits.length / 3 },
    (_, i) => 100 * (digits[3 * i] as number) + 10 * (digits[3 * i + 1] as number) + (digits[3 * i + 2] as number),
  );
}
