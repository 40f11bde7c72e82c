/** A number's place between the least and the greatest is known to this many bits, put in order half at a time. */
const HALF_BITS = 11;
const HALF = 1 << HALF_BITS;
const LOW = HALF - 1;
/** Below this the engine's own sort is as fast. */
const FEW = 512;
/** Moves a number, on average, after which places have not helped: nearly all numbers share a few of them. */
const MOVES_AT_MOST = 8;

/**
 * A sort for lists of one length that are sorted again and again; it works in memory of its own, so one list at a time.
 * Each number has a place between the least and the greatest, a whole number of 22 bits. Numbers are put in the order of
 * the lower half of its bits, then of the upper half, which keeps the order of the lower; those that share a place are
 * then put in order among themselves. The time hardly depends on how the numbers lie: many times as fast as the
 * engine's sort at ten thousand numbers, with its result.
 * @returns a function that sorts ascending, in place. Numbers are finite.
 */
export function numberSorter(length: number): (values: Float64Array) => Float64Array {
  if (length < FEW) return (values) => values.sort();
  const [lowStarts, highStarts] = [new Int32Array(HALF), new Int32Array(HALF)];
  const places = new Int32Array(length);
  const highs = new Int32Array(length);
  const spread = new Float64Array(length);
  return (values) => {
    if (values.length !== length) throw new RangeError(`this sorts ${length} numbers, not ${values.length}`);
    if (!assignPlaces(values, places)) return values;
    countHalves(places, lowStarts, highStarts);
    for (let i = 0; i < length; i++) {
      const place = places[i] as number;
      const low = place & LOW;
      const at = lowStarts[low] as number;
      lowStarts[low] = at + 1;
      spread[at] = values[i] as number;
      highs[at] = place >> HALF_BITS;
    }
    for (let i = 0; i < length; i++) {
      const high = highs[i] as number;
      const at = highStarts[high] as number;
      highStarts[high] = at + 1;
      values[at] = spread[i] as number;
    }
    return insertionSort(values, MOVES_AT_MOST * length) ? values : values.sort();
  };
}

/** The place of every number; false where all numbers are one. */
function assignPlaces(values: Float64Array, places: Int32Array): boolean {
  let least = values[0] as number;
  let greatest = least;
  for (let i = 1; i < values.length; i++) {
    const value = values[i] as number;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  if (least === greatest) return false;
  // Where this over- or underflows, all numbers have one place.
  const scale = (HALF * HALF - 1) / (greatest - least);
  for (let i = 0; i < values.length; i++) places[i] = (((values[i] as number) - least) * scale) | 0;
  return true;
}

/** Where the numbers of each lower half, and of each upper half, begin. */
function countHalves(places: Int32Array, lowStarts: Int32Array, highStarts: Int32Array): void {
  lowStarts.fill(0);
  highStarts.fill(0);
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number;
    const [low, high] = [place & LOW, place >> HALF_BITS];
    lowStarts[low] = (lowStarts[low] as number) + 1;
    highStarts[high] = (highStarts[high] as number) + 1;
  }
  let [low, high] = [0, 0];
  for (let half = 0; half < HALF; half++) {
    const [lows, highs] = [lowStarts[half] as number, highStarts[half] as number];
    lowStarts[half] = low;
    highStarts[half] = high;
    low += lows;
    high += highs;
  }
}

/** False, with the numbers in no order, when it would take more than `movesLeft` moves. */
function insertionSort(values: Float64Array, movesLeft: number): boolean {
  let left = movesLeft;
  let before = values[0] as number;
  for (let i = 1; i < values.length; i++) {
    const value = values[i] as number;
    if (before <= value) {
      before = value;
      continue;
    }
    let at = i;
    for (; at > 0 && (values[at - 1] as number) > value; at--) values[at] = values[at - 1] as number;
    values[at] = value;
    left -= i - at;
    if (left < 0) return false;
  }
  return true;
}
