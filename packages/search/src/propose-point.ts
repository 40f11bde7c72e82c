import { randomStream, STREAMS } from '@gansweep/domain';
import {
  type Axis,
  type Context,
  isExcluded,
  isWhollyExcluded,
  keyOf,
  type Point,
  type SearchSpace,
  sizeOf,
} from '@gansweep/spec';
import type { Objectives } from './non-dominated-ranks.ts';
import { type Dimension, type ParzenPolicy, parzenMixture } from './parzen-mixture.ts';
import { splitTrials } from './split-trials.ts';

/** A trial that stands in the sweep already. */
export interface PlacedTrial {
  readonly point: Point;
  /** Lower is better; null while it is pending. */
  readonly objectives: Objectives | null;
}

/** Points drawn from the density of the good ones, of which the most promising is taken. */
const CANDIDATES = 24;
/** Further points of a branch that are tried where the best one stands in the sweep already. */
const BRANCH_TRIES = 4;
const POLICY: ParzenPolicy = { prior: 1, bandwidth: 1.06, bandwidthMin: 0.01, spreadPrior: 1, choicePrior: 1 };

/**
 * The next point of a space by a tree-structured Parzen estimator: the candidate with the highest ratio of the density of
 * good trials to that of the others. Axes that every configuration has are modelled together; those of a branch together
 * too, on the trials that have them alone. Pure: the same trials, seed and position give the same point.
 * @param trials every trial before, in the order of the sweep. @param position of the trial to propose, from 0.
 * @returns a point that is neither excluded nor among `trials`; null where no candidate is left.
 * @see Bergstra et al. (2011), "Algorithms for hyper-parameter optimization", NeurIPS, section 4.
 * @see Falkner et al. (2018), "BOHB", arXiv:1807.01774 (one density over all dimensions).
 */
export function proposePoint(
  space: SearchSpace,
  trials: readonly PlacedTrial[],
  { seed, position }: { readonly seed: number; readonly position: number },
): Point | null {
  const groups = groupsOf(space);
  const stream = randomStream(seed, STREAMS.searchProposals);
  const known = new Set(trials.map(({ point }) => keyOf(point)));
  const candidatesOf = (group: Group, number: number): readonly (readonly number[])[] => {
    const uniforms = new Float64Array(CANDIDATES * (group.axes.length + 1));
    stream.uniforms(position * groups.length + number, uniforms);
    return rankCandidates(group, trials, uniforms);
  };
  const [root, ...branches] = groups;
  if (root === undefined) return null;
  const branchCandidates = new Map<Group, readonly (readonly number[])[]>();
  for (const chosen of candidatesOf(root, 0)) {
    const context = contextOf(space, root, chosen);
    if (context === undefined || isWhollyExcluded(context)) continue;
    const inForce = branches.filter((group) => group.axes.some((axis) => context.axes.includes(axis)));
    for (let nth = 0; nth < (inForce.length > 0 ? BRANCH_TRIES : 1); nth++) {
      const drawn = new Map(root.axes.map((axis, i) => [axis, chosen[i] ?? 0]));
      for (const group of inForce) {
        const ranked = branchCandidates.get(group) ?? candidatesOf(group, groups.indexOf(group));
        branchCandidates.set(group, ranked);
        for (const [i, axis] of group.axes.entries()) drawn.set(axis, ranked[nth]?.[i] ?? 0);
      }
      const point = { context, coordinates: context.axes.map((axis) => pointCoordinate(axis, drawn.get(axis) ?? 0)) };
      if (!isExcluded(point) && !known.has(keyOf(point))) return point;
    }
  }
  return null;
}

/** Axes that are in force in the same contexts, and so modelled together. */
interface Group {
  readonly axes: readonly Axis[];
  readonly dimensions: readonly Dimension[];
  /** A trial's coordinates here, or null where its configuration does not have these axes. */
  placeOf(point: Point): readonly number[] | null;
}

/** The axes that all contexts have, the deciding ones first; then those of branches. Constants are left out. */
function groupsOf(space: SearchSpace): readonly Group[] {
  const contexts = space.contexts.filter((context) => !isWhollyExcluded(context));
  const homes = new Map<Axis, readonly number[]>();
  for (const axis of space.deciding)
    homes.set(
      axis,
      contexts.map(({ index }) => index),
    );
  for (const axis of new Set(contexts.flatMap((context) => context.axes)))
    homes.set(
      axis,
      contexts.filter((context) => context.axes.includes(axis)).map(({ index }) => index),
    );
  const groups = new Map<string, Axis[]>([[contexts.map(({ index }) => index).join(), []]]);
  for (const [axis, home] of homes) {
    if (sizeOf(axis) === 1n) continue;
    const key = home.join();
    groups.set(key, [...(groups.get(key) ?? []), axis]);
  }
  return [...groups.values()].map((axes) => ({
    axes,
    dimensions: axes.map(dimensionOf),
    placeOf: (point) => {
      const place = axes.map((axis) => placeOnAxis(space, axis, point));
      return place.every((coordinate) => coordinate !== null) ? place : null;
    },
  }));
}

function dimensionOf(axis: Axis): Dimension {
  switch (axis.kind) {
    case 'list':
      return { kind: 'choice', size: axis.rows.length };
    case 'steps':
      return { kind: 'steps', size: axis.size };
    case 'real':
      return { kind: 'real' };
  }
}

function placeOnAxis(space: SearchSpace, axis: Axis, { context, coordinates }: Point): number | null {
  const decider = (space.deciding as readonly Axis[]).indexOf(axis);
  if (decider !== -1) {
    const after = space.deciding.slice(decider + 1).reduce((product, one) => product * one.rows.length, 1);
    return Math.floor(context.index / after) % (space.deciding[decider]?.rows.length ?? 1);
  }
  const at = context.axes.indexOf(axis);
  const coordinate = coordinates[at];
  if (coordinate === undefined) return null;
  return axis.kind === 'real' ? axis.uniformOf(coordinate) : coordinate;
}

/** A coordinate of a dimension as the point has it. */
function pointCoordinate(axis: Axis, coordinate: number): number {
  return axis.kind === 'real' ? axis.at(coordinate) : coordinate;
}

function contextOf(space: SearchSpace, root: Group, chosen: readonly number[]): Context | undefined {
  let index = 0;
  for (const axis of space.deciding) index = index * axis.rows.length + (chosen[root.axes.indexOf(axis)] ?? 0);
  return space.contexts[index];
}

/** Candidates of a group, the most promising first. */
function rankCandidates(
  group: Group,
  trials: readonly PlacedTrial[],
  uniforms: Float64Array,
): readonly (readonly number[])[] {
  const placed = trials.flatMap(({ point, objectives }) => {
    const place = group.placeOf(point);
    return place === null ? [] : [{ place, objectives }];
  });
  const { good, weights, bad } = splitTrials(placed.map(({ objectives }) => objectives));
  const placesOf = (chosen: readonly number[]) => chosen.map((i) => placed[i]?.place ?? []);
  const alike = parzenMixture(group.dimensions, { points: placesOf(good), weights }, POLICY);
  const unlike = parzenMixture(group.dimensions, { points: placesOf(bad), weights: bad.map(() => 1) }, POLICY);
  const candidates = Array.from({ length: CANDIDATES }, (_, n) => {
    const place = alike.draw(uniforms, n * (group.dimensions.length + 1));
    return { place, promise: alike.logDensity(place) - unlike.logDensity(place) };
  });
  return candidates.sort((a, b) => b.promise - a.promise).map(({ place }) => place);
}
