/** A box of the space with one prediction. */
export interface Leaf {
  readonly value: number;
  /** For each factor the levels inside, as bits of a 32-bit word. */
  readonly inside: Int32Array;
}

export interface TreeInput {
  /** [factor][trial]. */
  readonly levels: readonly Uint8Array[];
  readonly levelCounts: readonly number[];
  readonly isOrdered: readonly boolean[];
  readonly values: Float64Array;
}

/**
 * A regression tree (Breiman et al. 1984) of the trials in `rows`: each node is split where the squared error falls
 * most; choices are put in the order of their means, in which the best split of a set is one of a line (Fisher 1958).
 * Levels of which a node has no trial go halfway between those that it has, or with the larger side. Of factors that
 * split equally well the first takes it.
 * @param rows positions of trials, each as often as it counts; their order is changed.
 * @param splitFrom a node of fewer rows is not split.
 * @returns leaves that cover every combination of levels exactly once.
 */
export function growTree(input: TreeInput, rows: Int32Array, splitFrom: number): readonly Leaf[] {
  const { levels, levelCounts, values } = input;
  const factorCount = levels.length;
  const leaves: Leaf[] = [];
  const everything = Int32Array.from(levelCounts, (count) => (count === 32 ? -1 : (1 << count) - 1));
  const stack: { from: number; to: number; inside: Int32Array }[] = [{ from: 0, to: rows.length, inside: everything }];
  const sums = new Float64Array(32);
  const masses = new Float64Array(32);
  const split: Split = { gain: 0, factor: -1, left: 0 };
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const { from, to, inside } = node;
    const mass = to - from;
    let sum = 0;
    let lowest = Number.POSITIVE_INFINITY;
    let highest = Number.NEGATIVE_INFINITY;
    for (let i = from; i < to; i++) {
      const value = values[rows[i] as number] as number;
      sum += value;
      if (value < lowest) lowest = value;
      if (value > highest) highest = value;
    }
    split.factor = -1;
    split.gain = 1e-12 * mass * (highest - lowest) ** 2;
    if (mass >= splitFrom && highest > lowest)
      for (let factor = 0; factor < factorCount; factor++) {
        const levelOf = levels[factor] as Uint8Array;
        const count = levelCounts[factor] as number;
        sums.fill(0, 0, count);
        masses.fill(0, 0, count);
        for (let i = from; i < to; i++) {
          const row = rows[i] as number;
          const level = levelOf[row] as number;
          masses[level] = (masses[level] as number) + 1;
          sums[level] = (sums[level] as number) + (values[row] as number);
        }
        const isOrdered = input.isOrdered[factor] === true;
        offerSplit({ factor, isOrdered, count, inside: inside[factor] as number }, { masses, sums, mass, sum }, split);
      }
    if (split.factor < 0) {
      leaves.push({ value: sum / mass, inside });
      continue;
    }
    const { factor, left } = split;
    const levelOf = levels[factor] as Uint8Array;
    let middle = from;
    for (let i = from; i < to; i++) {
      const row = rows[i] as number;
      if (((left >>> (levelOf[row] as number)) & 1) === 1) {
        rows[i] = rows[middle] as number;
        rows[middle] = row;
        middle += 1;
      }
    }
    const [leftInside, rightInside] = [inside.slice(), inside.slice()];
    leftInside[factor] = left;
    rightInside[factor] = (inside[factor] as number) & ~left;
    stack.push({ from, to: middle, inside: leftInside }, { from: middle, to, inside: rightInside });
  }
  return leaves;
}

interface Split {
  gain: number;
  factor: number;
  /** Levels of the left side. */
  left: number;
}

interface NodeSums {
  readonly masses: Float64Array;
  readonly sums: Float64Array;
  readonly mass: number;
  readonly sum: number;
}

const present = new Int32Array(32);

/** Changes `best` where the best split by this factor is better. */
function offerSplit(
  at: { readonly factor: number; readonly isOrdered: boolean; readonly count: number; readonly inside: number },
  { masses, sums, mass, sum }: NodeSums,
  best: Split,
): void {
  let found = 0;
  for (let level = 0; level < at.count; level++)
    if ((masses[level] as number) > 0) {
      present[found] = level;
      found += 1;
    }
  if (found < 2) return;
  const seen = present.subarray(0, found);
  if (!at.isOrdered)
    seen.sort(
      (a, b) => (sums[a] as number) / (masses[a] as number) - (sums[b] as number) / (masses[b] as number) || a - b,
    );
  const whole = (sum * sum) / mass;
  let leftMass = 0;
  let leftSum = 0;
  let leftLevels = 0;
  for (let k = 0; k < found - 1; k++) {
    const level = seen[k] as number;
    leftMass += masses[level] as number;
    leftSum += sums[level] as number;
    leftLevels |= 1 << level;
    const [rightMass, rightSum] = [mass - leftMass, sum - leftSum];
    const gain = (leftSum * leftSum) / leftMass + (rightSum * rightSum) / rightMass - whole;
    if (!(gain > best.gain)) continue;
    best.gain = gain;
    best.factor = at.factor;
    if (at.isOrdered) {
      const cut = (level + (seen[k + 1] as number) + 1) >>> 1;
      best.left = at.inside & ((1 << cut) - 1);
    } else if (leftMass < rightMass) best.left = leftLevels;
    else {
      let rightLevels = 0;
      for (let r = k + 1; r < found; r++) rightLevels |= 1 << (seen[r] as number);
      best.left = at.inside & ~rightLevels;
    }
  }
}

/** How many bits of a 32-bit word are set. */
export function bitsOf(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
