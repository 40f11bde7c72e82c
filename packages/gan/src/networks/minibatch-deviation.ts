import { add, concat, expand, mean, moments, reshape, type Sym, sqrt } from '@gansweep/program/browser';

/** Images of a group: the largest divisor of the batch up to a number. */
export function groupSize(batch: number, largest: number): number {
  for (let size = Math.min(largest, batch); size > 1; size--) if (batch % size === 0) return size;
  return 1;
}

/**
 * x with one more map that tells D how much the images of a group differ: the standard deviation over the group of every
 * feature at every place, averaged. Image i is in the group of those whose number leaves the same rest by batch/size.
 * @param x `[batch, channels, height, width]`. @param largest images of a group at most. @returns `[batch, channels + 1, height, width]`.
 * @see Karras et al. (2018), section 3, arXiv:1710.10196
 */
export function withMinibatchDeviation(x: Sym, largest: number): Sym {
  const [batch, channels, height, width] = x.shape as readonly [number, number, number, number];
  const size = groupSize(batch, largest);
  const groups = reshape(x, [size, batch / size, channels, height, width]);
  const deviation = sqrt(add(moments(groups, [0]).variance, 1e-8));
  const each = mean(deviation, [2, 3, 4], { keepDims: true });
  const maps = reshape(expand(each, [size, batch / size, 1, height, width]), [batch, 1, height, width]);
  return concat([x, maps], 1);
}
