import { randomStream, STREAMS } from '@gansweep/domain';
import { type Axis, coordinateOf, sizeOf } from './axes.ts';
import { permutation } from './permutation.ts';
import { type Context, isExcluded, type Point, type SearchSpace } from './search-space.ts';
import { SOBOL_DIMENSIONS_MAX, sobolSequence } from './sobol.ts';

/** The trials of a sweep in order, found one at a time. */
export interface Selection {
  readonly count: number;
  at(position: number): Point;
}

/** Products up to this size are enumerated to count what `exclude` leaves. */
export const ENUMERATED_MAX = 1_000_000;
/** Draws for each wanted trial before a space counts as used up. */
const DRAWS_PER_TRIAL = 8;

/** Every point of a finite space of at most `ENUMERATED_MAX`, in the listed order or a seeded shuffle. */
export function selectGrid(space: SearchSpace, options: { readonly shuffleSeed: number | null }): Selection {
  const survivors = enumerate(space);
  const order = options.shuffleSeed === null ? null : permutation(survivors.count, options.shuffleSeed);
  return { count: survivors.count, at: (position) => survivors.at(order === null ? position : order(position)) };
}

/**
 * The first `wanted` draws of a seeded sequence without those that are excluded or stood before. A finite space that has
 * no more than that gives all it has.
 */
export function selectDraws(
  space: SearchSpace,
  options: { readonly method: 'random' | 'sobol'; readonly wanted: number; readonly seed: number },
): Selection {
  const finite = space.size !== null && space.size <= BigInt(ENUMERATED_MAX) ? enumerate(space) : null;
  if (finite !== null && finite.count <= options.wanted) {
    const order = permutation(finite.count, options.seed);
    return { count: finite.count, at: (position) => finite.at(order(position)) };
  }
  const draw = drawer(space, options);
  const accepted: number[] = [];
  const seen = new Set<string>();
  const drawsMax = DRAWS_PER_TRIAL * options.wanted + 1_000;
  for (let number = 0; number < drawsMax && accepted.length < options.wanted; number++) {
    const point = draw(number);
    if (isExcluded(point)) continue;
    const key = keyOf(point);
    if (seen.has(key)) continue;
    seen.add(key);
    accepted.push(number);
  }
  const drawn = Uint32Array.from(accepted);
  const rest = finite === null ? [] : unseen(finite, seen, options);
  const count = Math.min(options.wanted, drawn.length + rest.length);
  return {
    count,
    at: (position) => {
      const number = drawn[position];
      if (number !== undefined) return draw(number);
      const index = rest[position - drawn.length];
      if (index === undefined || finite === null) throw new RangeError(`no trial ${position} of ${count}`);
      return finite.at(index);
    },
  };
}

/** What is left of a small space when drawing found too few: a seeded order of the points that were not drawn. */
function unseen(
  finite: Selection,
  seen: ReadonlySet<string>,
  options: { readonly wanted: number; readonly seed: number },
): readonly number[] {
  const missing = options.wanted - seen.size;
  const order = permutation(finite.count, options.seed);
  const found: number[] = [];
  for (let position = 0; position < finite.count && found.length < missing; position++) {
    const index = order(position);
    if (!seen.has(keyOf(finite.at(index)))) found.push(index);
  }
  return found;
}

/** Points that `exclude` leaves, by position in the listed order. */
function enumerate(space: SearchSpace): Selection {
  const offsets = offsetsOf(space);
  const total = offsets[space.contexts.length] ?? 0;
  const at = (index: number): Point => {
    const c = contextAt(offsets, index);
    const context = space.contexts[c] as Context;
    return { context, coordinates: coordinatesOf(context, index - (offsets[c] as number)) };
  };
  if (space.contexts.every((context) => context.excludes.length === 0)) return { count: total, at };
  const excluded = new Uint8Array(total);
  space.contexts.forEach((context, c) => {
    markExcluded(context, excluded.subarray(offsets[c], offsets[c + 1]));
  });
  let count = 0;
  for (const mark of excluded) count += 1 - mark;
  const survivors = new Uint32Array(count);
  for (let index = 0, position = 0; index < total; index++) if (excluded[index] === 0) survivors[position++] = index;
  return { count, at: (position) => at(survivors[position] as number) };
}

/** First index of each context, and the total behind them. */
function offsetsOf(space: SearchSpace): readonly number[] {
  const offsets = [0];
  for (const context of space.contexts) offsets.push((offsets.at(-1) ?? 0) + Number(context.size ?? 0n));
  return offsets;
}

/** The context whose range holds an index; empty ranges are passed over. */
function contextAt(offsets: readonly number[], index: number): number {
  let low = 0;
  let high = offsets.length - 2;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((offsets[middle] as number) <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}

function coordinatesOf(context: Context, index: number): readonly number[] {
  const coordinates = new Array<number>(context.axes.length);
  let rest = index;
  for (let i = context.axes.length - 1; i >= 0; i--) {
    const size = Number(sizeOf(context.axes[i] as Axis) ?? 1n);
    coordinates[i] = rest % size;
    rest = Math.floor(rest / size);
  }
  return coordinates;
}

/** Sets 1 at every excluded index of a context; the axes after the last named one are filled as one block. */
function markExcluded(context: Context, marks: Uint8Array): void {
  const sizes = context.axes.map((axis) => Number(sizeOf(axis) ?? 1n));
  const strides = new Array<number>(sizes.length);
  let stride = 1;
  for (let i = sizes.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= sizes[i] as number;
  }
  for (const entry of context.excludes) {
    const last = Math.max(-1, ...entry.keys());
    const fill = (axis: number, base: number): void => {
      const block = axis < 0 ? marks.length : (strides[axis] as number);
      if (axis >= last) {
        if (axis < 0) marks.fill(1);
        else for (const k of entry.get(axis) ?? []) marks.fill(1, base + k * block, base + (k + 1) * block);
        return;
      }
      const chosen = entry.get(axis);
      if (chosen !== undefined) for (const k of chosen) fill(axis + 1, base + k * block);
      else for (let k = 0; k < (sizes[axis] as number); k++) fill(axis + 1, base + k * block);
    };
    fill(last < 0 ? -1 : 0, 0);
  }
}

/** One text for each distinct point of a space. */
export function keyOf({ context, coordinates }: Point): string {
  return `${context.index}:${coordinates.join(',')}`;
}

/** Draw number → point. Each parameter has a dimension of its own, whichever branch it stands in. */
function drawer(
  space: SearchSpace,
  options: { readonly method: 'random' | 'sobol'; readonly seed: number },
): (number: number) => Point {
  const dimensions = new Map<string, number>();
  const dimensionOf = (axis: Axis): number => dimensions.get(axis.names[0] ?? '') ?? 0;
  for (const axis of [...space.deciding, ...space.contexts.flatMap((context) => context.axes)]) {
    const name = axis.names[0] ?? '';
    if (sizeOf(axis) !== 1n && !dimensions.has(name)) dimensions.set(name, dimensions.size);
  }
  const uniforms = new Float64Array(Math.max(1, dimensions.size));
  const next = uniformSource(options, uniforms.length);
  return (number) => {
    next(number, uniforms);
    let index = 0;
    for (const axis of space.deciding)
      index = index * axis.rows.length + coordinateOf(axis, uniforms[dimensionOf(axis)] as number);
    const context = space.contexts[index] as Context;
    return {
      context,
      coordinates: context.axes.map((axis) => coordinateOf(axis, uniforms[dimensionOf(axis)] as number)),
    };
  };
}

/** Uniform numbers in [0, 1) by draw: independent ones, or a Sobol sequence under a seeded digital shift. */
function uniformSource(
  options: { readonly method: 'random' | 'sobol'; readonly seed: number },
  dimensions: number,
): (number: number, out: Float64Array) => void {
  switch (options.method) {
    case 'random': {
      const stream = randomStream(options.seed, STREAMS.searchRandom);
      const words = new Uint32Array(2 * dimensions);
      return (number, out) => {
        stream.words(number, words);
        // 53 bits, because 32 repeat among a hundred thousand draws.
        for (let i = 0; i < dimensions; i++)
          out[i] = ((words[2 * i] as number) * 2 ** 21 + ((words[2 * i + 1] as number) >>> 11)) / 2 ** 53;
      };
    }
    case 'sobol': {
      const sequence = sobolSequence(Math.min(dimensions, SOBOL_DIMENSIONS_MAX));
      const shift = new Uint32Array(dimensions);
      randomStream(options.seed, STREAMS.searchSobol).words(0, shift);
      const words = new Uint32Array(dimensions);
      return (number, out) => {
        sequence.words(number, words);
        for (let i = 0; i < dimensions; i++) out[i] = (((words[i] as number) ^ (shift[i] as number)) >>> 0) / 2 ** 32;
      };
    }
  }
}
