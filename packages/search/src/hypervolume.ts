/**
 * Volume that points dominate below a reference, lower being better. Each point in the order of the last objective adds, over
 * what is left of that objective, the area (volume) that it alone dominates among those before it.
 * @param points each with as many objectives as the reference; one that is not below it in all of them counts nothing.
 * @returns ≥ 0.
 * @see Zitzler & Thiele (1998), "Multiobjective optimization using evolutionary algorithms", PPSN V (the measure);
 * While, Bradstreet & Barone (2012), "A fast way of calculating exact hypervolumes", IEEE TEC 16 (exclusive volumes, limit sets).
 */
export function hypervolume(points: readonly (readonly number[])[], reference: readonly number[]): number {
  const inside = points.filter((point) => isBelow(point, reference));
  const last = reference.length - 1;
  if (last < 0 || inside.length === 0) return 0;
  const rising = inside.toSorted((a, b) => (a[last] ?? 0) - (b[last] ?? 0));
  if (last === 0) return (reference[0] ?? 0) - (rising[0]?.[0] ?? 0);
  if (last === 1) return areaOf(rising, reference);
  const below = reference.slice(0, last);
  const flat = rising.map((point) => point.slice(0, last));
  return rising.reduce((volume, point, i) => {
    const height = (reference[last] ?? 0) - (point[last] ?? 0);
    return volume + height * exclusiveVolume(flat[i] ?? [], flat.slice(0, i), below);
  }, 0);
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
  return points.map((point, i) =>
    exclusiveVolume(
      point,
      points.filter((_, j) => j !== i),
      reference,
    ),
  );
}

/**
 * Places of the `count` points that are left when, one after another, the one that adds least to the volume of those still
 * there is taken away; of several that add the same, the last one.
 */
export function keepByVolume(
  points: readonly (readonly number[])[],
  reference: readonly number[],
  count: number,
): readonly number[] {
  const left = [...points.keys()];
  const at = (place: number): readonly number[] => points[place] ?? [];
  const adds = [...hypervolumeContributions(points, reference)];
  while (left.length > count) {
    const least = Math.min(...left.map((place) => adds[place] ?? 0));
    const gone = left.splice(
      left.findLastIndex((place) => adds[place] === least),
      1,
    )[0] as number;
    // What only a point and the one that went dominated is the point's alone from now on. Few have neighbours to share with.
    for (const place of left) {
      const corner = worseOf(at(place), at(gone));
      if (left.some((other) => other !== place && isNowhereAbove(at(other), corner))) continue;
      const others = left.filter((other) => other !== place).map(at);
      adds[place] = (adds[place] ?? 0) + exclusiveVolume(corner, others, reference);
    }
  }
  return left;
}

/** Volume that a point dominates below the reference and none of the others does. */
function exclusiveVolume(
  point: readonly number[],
  others: readonly (readonly number[])[],
  reference: readonly number[],
): number {
  if (!isBelow(point, reference)) return 0;
  const box = point.reduce((product, value, k) => product * ((reference[k] ?? 0) - value), 1);
  const shared: (readonly number[])[] = [];
  for (const other of others) {
    const limit = worseOf(point, other);
    if (!isBelow(limit, reference) || shared.some((one) => isNowhereAbove(one, limit))) continue;
    const kept = shared.filter((one) => !isNowhereAbove(limit, one));
    shared.splice(0, shared.length, ...kept, limit);
  }
  return Math.max(0, box - hypervolume(shared, reference));
}

const isBelow = (point: readonly number[], reference: readonly number[]): boolean =>
  point.every((value, k) => value < (reference[k] ?? 0));
const isNowhereAbove = (one: readonly number[], other: readonly number[]): boolean =>
  one.every((value, k) => value <= (other[k] ?? 0));
const worseOf = (one: readonly number[], other: readonly number[]): readonly number[] =>
  one.map((value, k) => Math.max(value, other[k] ?? 0));
