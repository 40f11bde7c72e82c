import type { Configuration, Side } from '@gansweep/domain';
import { add, concat, mul, reshape, type Sym, sizeOf, slice, type Tracer } from '@gansweep/program/browser';
import { augmentationOf, declareAugmentation } from '../augmentation/augmentation.ts';
import { isAveraged } from '../averaged-generator.ts';
import { declareTable } from '../conditions.ts';
import { grows } from '../growth.ts';
import { type GanLoss, lossNamed } from '../losses.ts';
import { asGrown, laterSides, withPresence } from '../networks/growth.ts';
import type { Network, PassResult, Probe, SampleShape, StyleDraws } from '../networks/network.ts';
import { networksBySide } from '../networks/networks-of.ts';
import { momentsOf } from '../optimisers.ts';
import { totalSize, unflatten } from '../parameters.ts';
import { realBatchesOf } from '../plan-training.ts';
import { movedBy } from '../players.ts';
import { lossFields } from '../plugins/loss-fields.ts';
import { regularisationOf } from '../regularisation/schedule.ts';
import { type Scalar, scalarsOf } from '../scalars.ts';
import { blurOf, countsOwnUpdates, type View } from '../tricks.ts';
import type { Check, Recorded } from './recorded.ts';

export type Tensors = ReadonlyMap<string, Sym>;

/** An iteration while it is traced: the states as they stand after the updates so far, and what is to be recorded. */
export interface Iteration {
  readonly tracer: Tracer;
  readonly configuration: Configuration;
  readonly networks: ReadonlyMap<Side, Network>;
  readonly loss: GanLoss;
  readonly state: Map<string, Sym>;
  readonly recorded: Map<Recorded | Check, Sym[]>;
  readonly scalar: (name: Scalar) => Sym;
  /** What D gets to see: augmented, then blurred. */
  readonly shown: View;
  /** What learning rates are multiplied by, or null where they never change. */
  readonly lrFactor: Sym | null;
  readonly probe: Probe;
}

export function beginIteration(
  tracer: Tracer,
  configuration: Configuration,
  shape: SampleShape,
  probe: Probe,
): Iteration {
  const networks = networksBySide(configuration, shape);
  const state = new Map<string, Sym>();
  for (const side of networks.keys()) declareStates({ tracer, configuration, networks, state }, side);
  if (isAveraged(configuration)) state.set('eG', tracer.state('eG', [totalSize(movedBy(networks, 'G'))]));
  declareAugmentation(tracer, configuration, state);
  declareTold(tracer, configuration, shape, state);
  growTo(tracer, configuration, state);
  const scalars = declareScalars(tracer, configuration);
  const scalar = (name: Scalar): Sym => known(scalars, name);
  const augmented = shownToD(tracer, configuration, shape, { networks, state, scalar });
  const blurred = blurOf(tracer, configuration, shape, {
    passes: realBatchesOf(configuration),
    deviation: () => scalar('instanceNoise'),
  });
  return {
    tracer,
    configuration,
    networks,
    loss: lossNamed(configuration.loss, configuration.model, lossFields(configuration, scalar)),
    state,
    recorded: new Map(),
    scalar,
    shown: (which, i, batch) => blurred(which, i, augmented(which, i, batch)),
    lrFactor: configuration.lrSchedule === 'none' ? null : tracer.input('lrFactor', []),
    probe,
  };
}

/** The states that updates of a network read and move. */
function declareStates(
  { tracer, configuration, networks, state }: Pick<Iteration, 'tracer' | 'configuration' | 'networks' | 'state'>,
  side: Side,
): void {
  const { parameters, statistics } = known(networks, side);
  const declare = (name: string, length: number): Map<string, Sym> => state.set(name, tracer.state(name, [length]));
  declare(`p${side}`, totalSize(parameters));
  for (const moment of momentsOf(configuration)) declare(`${moment}${side}`, totalSize(movedBy(networks, side)));
  if (statistics.length > 0) declare(`s${side}`, totalSize(statistics));
  if (side === 'D' && countsOwnUpdates(configuration)) declare('cD', 2);
  if (regularisationOf(configuration, side)?.name === 'pathLength') declare('pathMean', 1);
}

function declareTold(tracer: Tracer, configuration: Configuration, shape: SampleShape, state: Map<string, Sym>): void {
  const table = declareTable(tracer, configuration, shape);
  if (table) state.set('told', table);
}

/** The networks' growth becomes that of the iteration, input `presence`. */
function growTo(tracer: Tracer, configuration: Configuration, state: Map<string, Sym>): void {
  if (!grows(configuration)) return;
  const presence = tracer.input('presence', [laterSides(configuration.resolution).length]);
  for (const name of ['sG', 'sD']) state.set(name, withPresence(known(state, name), presence));
}

/** What D gets to see but for instance noise: reals as G could make them by now, where they grow, then augmented. */
function shownToD(
  tracer: Tracer,
  configuration: Configuration,
  shape: SampleShape,
  { networks, state, scalar }: Pick<Iteration, 'networks' | 'state' | 'scalar'>,
): View {
  const augmented = augmentationOf(tracer, configuration, shape, { state, scalar });
  if (!grows(configuration)) return augmented;
  const statistics = unflatten(known(state, 'sD'), known(networks, 'D').statistics);
  return (which, i, batch) => augmented(which, i, which === 'real' ? asGrown(batch, statistics) : batch);
}

function declareScalars(tracer: Tracer, configuration: Configuration): Tensors {
  return new Map(Object.keys(scalarsOf(configuration)).map((name) => [name, tracer.input(name, [], { each: 'call' })]));
}

/** Updates of one network alone, apart from an iteration. @returns `own`: its parameters. */
export function beginPart(
  tracer: Tracer,
  configuration: Configuration,
  shape: SampleShape,
  side: Side,
): Iteration & { readonly own: Tensors } {
  const networks = new Map([[side, known(networksBySide(configuration, shape), side)]]);
  const state = new Map<string, Sym>();
  declareStates({ tracer, configuration, networks, state }, side);
  if (side === 'D') declareAugmentation(tracer, configuration, state);
  declareTold(tracer, configuration, shape, state);
  const scalars = declareScalars(tracer, configuration);
  const scalar = (name: Scalar): Sym => known(scalars, name);
  const part: Iteration = {
    tracer,
    configuration,
    networks,
    loss: lossNamed(configuration.loss, configuration.model, lossFields(configuration, scalar)),
    state,
    recorded: new Map(),
    scalar,
    shown: side === 'D' ? shownToD(tracer, configuration, shape, { networks, state, scalar }) : (_, __, batch) => batch,
    lrFactor: configuration.lrSchedule === 'none' ? null : tracer.input('lrFactor', []),
    probe: () => {},
  };
  return { ...part, own: parametersOf(part, side) };
}

/**
 * An input of every iteration with a part for each of `count` updates.
 * @param each shape of a part. @returns the part of an update.
 */
export function inputOfUpdates(
  { tracer }: Pick<Iteration, 'tracer'>,
  name: string,
  { count, each }: { readonly count: number; readonly each: readonly number[] },
): (update: number) => Sym {
  const input = tracer.input(name, [count, ...each]);
  return (update) => reshape(slice(input, 0, update, 1), each);
}

/** A pass of a network in training, by the running statistics of the moment. @param label tells passes of one network apart. */
export function passThrough(
  { networks, state, probe }: Iteration,
  side: Side,
  {
    label,
    ...given
  }: {
    readonly input: Sym;
    readonly condition?: Sym;
    readonly parameters: Tensors;
    readonly draws?: StyleDraws;
    readonly label: string;
  },
): PassResult {
  const network = known(networks, side);
  const vector = state.get(`s${side}`);
  return network.apply({
    ...given,
    statistics: vector ? unflatten(vector, network.statistics) : new Map(),
    mode: 'train',
    probe: (name, tensor) => probe(`${side}.${name} output${label}`, tensor),
  });
}

/** A network's parameters as they stand. */
export function parametersOf({ networks, state }: Iteration, side: Side): Tensors {
  return unflatten(known(state, `p${side}`), known(networks, side).parameters);
}

/** The running statistics become those that a pass led to. */
export function moveStatistics({ networks, state }: Iteration, side: Side, statistics: Tensors): void {
  const specs = known(networks, side).statistics;
  if (specs.length > 0) state.set(`s${side}`, flatten(specs.map(({ name }) => known(statistics, name))));
}

/** Adds an update's part to a recorded mean. */
export function note({ recorded }: Iteration, name: Recorded | Check, value: Sym): void {
  recorded.set(name, [...(recorded.get(name) ?? []), value]);
}

export function meanOf(values: readonly Sym[]): Sym {
  return mul(
    values.reduce((total, value) => add(total, value)),
    1 / values.length,
  );
}

/** Tensors behind one another as one vector. */
export function flatten(parts: readonly Sym[]): Sym {
  return concat(
    parts.map((part) => reshape(part, [sizeOf(part.shape)])),
    0,
  );
}

/** @throws Error when the iteration has no such thing: a slip of whoever traces it. */
export function known<Key extends string, Value>(things: ReadonlyMap<Key, Value>, name: Key): Value {
  const thing = things.get(name);
  if (thing === undefined) throw new Error(`the iteration has no '${name}'`);
  return thing;
}
