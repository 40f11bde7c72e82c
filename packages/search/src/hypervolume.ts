/**
 * Volume that points dominate below a reference, lower being better: by slices along the last objective.
 * @param points each with as many finite objectives as the reference. @returns ≥ 0.
 * @see Zitzler & Thiele (1998), "Multiobjective optimization using evolutionary algorithms", PPSN V (the measure);
 * While et al. (2006), "A faster algorithm for calculating hypervolume", IEEE TEC 10 (slicing objectives).
 */
export function hypervolume(points: readonly (readonly number[])[], reference: readonly number[]): number {
  const inside = points.filter((point) => point.every((value, k) => value < (reference[k] ?? 0)));
  const last = reference.length - 1;
  if (last < 0 || inside.length === 0) return 0;
  const rising = inside.toSorted((a, b) => (a[last] ?? 0) - (b[last] ?? 0));
  if (last === 0) return (reference[0] ?? 0) - (rising[0]?.[0] ?? 0);
  if (last === 1) return areaOf(rising, reference);
  const below = reference.slice(0, last);
  let volume = 0;
  for (const [i, point] of rising.entries()) {
    const height = (rising[i + 1]?.[last] ?? reference[last] ?? 0) - (point[last] ?? 0);
    if (height > 0)
      volume +=
        height *
        hypervolume(
          rising.slice(0, i + 1).map((one) => one.slice(0, last)),
          below,
        );
  }
  return volume;
}

/** Of two objectives, the same slices in one walk: fronts have hundreds of points. @param rising by the second. */
function areaOf(rising: readonly (readonly number[])[], [right = 0, top = 0]: readonly number[]): number {
  let area = 0;
  let leftmost = Number.POSITIVE_INFINITY;
  for (const [i, [x = 0, y = 0]] of rising.entries()) {
    leftmost = Math.min(leftmost, x);
    const height = (rising[i + 1]?.[1] ?? top) - y;
    if (height > 0) area += height * (right - leftmost);
  }
  return area;
}

/** What each point alone adds to the volume of all. */
export function hypervolumeContributions(
  points: readonly (readonly number[])[],
  reference: readonly number[],
): readonly number[] {
  const whole = hypervolume(points, reference);
  return points.map((_, i) =>
    Math.max(
      0,
      whole -
        hypervolume(
          points.filter((_, j) => j !== i),
          reference,
        ),
    ),
  );
}
