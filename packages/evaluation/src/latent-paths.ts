/** Between two latents. @param share 0 for the first, 1 for the second. */
export type Path = (from: Float32Array, to: Float32Array, share: number) => Float32Array;

export const lerp: Path = (from, to, share) => from.map((value, i) => value + ((to[i] as number) - value) * share);

/**
 * Along the great circle between the directions of two latents; the straight line where they have one direction, opposite
 * ones, or none. @see White (2016), section 2.1, arXiv:1609.04468
 */
export const slerp: Path = (from, to, share) => {
  let [dot, square, otherSquare] = [0, 0, 0];
  from.forEach((value, i) => {
    const other = to[i] as number;
    dot += value * other;
    square += value * value;
    otherSquare += other * other;
  });
  const angle = Math.acos(Math.min(Math.max(dot / Math.sqrt(square * otherSquare), -1), 1));
  const sine = Math.sin(angle);
  if (!(sine > 1e-6)) return lerp(from, to, share);
  const [first, second] = [Math.sin((1 - share) * angle) / sine, Math.sin(share * angle) / sine];
  return from.map((value, i) => value * first + (to[i] as number) * second);
};
