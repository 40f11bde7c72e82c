/** One trial's objectives, lower is better; null where it has none (failed, diverged): the worst that there is. */
export type Objectives = readonly (number | null)[];

/**
 * Layer of each trial by fast non-dominated sorting: 0 for those that no other beats, 1 for those that only layer 0
 * beats, and so on. With one objective it is the dense rank. Quadratic in the number of trials.
 * @param trials each with equally many objectives.
 * @see Deb, Pratap, Agarwal & Meyarivan (2002), "A fast and elitist multiobjective genetic algorithm: NSGA-II", section III.A.
 */
export function nonDominatedRanks(trials: readonly Objectives[]): readonly number[] {
  const beats = trials.map((): number[] => []);
  const beatenBy = new Int32Array(trials.length);
  for (const [i, one] of trials.entries())
    for (const [j, other] of trials.entries())
      if (dominates(one, other)) {
        beats[i]?.push(j);
        beatenBy[j] = (beatenBy[j] ?? 0) + 1;
      }
  const ranks = trials.map(() => 0);
  let layer = [...trials.keys()].filter((i) => beatenBy[i] === 0);
  for (let rank = 0; layer.length > 0; rank++) {
    const next: number[] = [];
    for (const i of layer) {
      ranks[i] = rank;
      for (const j of beats[i] ?? []) {
        beatenBy[j] = (beatenBy[j] ?? 0) - 1;
        if (beatenBy[j] === 0) next.push(j);
      }
    }
    layer = next;
  }
  return ranks;
}

/** True where one is nowhere worse than the other and somewhere better. */
function dominates(one: Objectives, other: Objectives): boolean {
  let better = false;
  for (const [k, value] of one.entries()) {
    const [a, b] = [value ?? Number.POSITIVE_INFINITY, other[k] ?? Number.POSITIVE_INFINITY];
    if (a > b) return false;
    if (a < b) better = true;
  }
  return better;
}
