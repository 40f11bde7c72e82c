import { type Configuration, learnsPoints } from '@gansweep/domain';

/** Whether images are trained on in [−1, 1], else in [0, 1]. */
export function normalizes(configuration: Configuration): boolean {
  return learnsPoints(configuration) || configuration.normalizeInput;
}

/** A number of a trained image as a byte: what the scale of the training says, rounded, cut at both ends. */
export function byteOf(configuration: Configuration): (value: number) => number {
  const [from, factor] = normalizes(configuration) ? [-1, 127.5] : [0, 255];
  return (value) => Math.min(Math.max(Math.round((value - from) * factor), 0), 255);
}

/** The same before it is rounded and cut. */
export function unroundedOf(configuration: Configuration): (value: number) => number {
  const [from, factor] = normalizes(configuration) ? [-1, 127.5] : [0, 255];
  return (value) => (value - from) * factor;
}

/** The inverse of `byteOf`, unrounded. */
export function scaledBy(configuration: Configuration): (byte: number) => number {
  const [from, factor] = normalizes(configuration) ? [-1, 127.5] : [0, 255];
  return (byte) => byte / factor + from;
}
