import { assertNever, type Configuration } from '@gansweep/domain';
import {
  abs,
  add,
  cast,
  concat,
  div,
  gradients,
  greater,
  max,
  mean,
  mul,
  reshape,
  type Sym,
  sigmoid,
  sizeOf,
  slice,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  type Tracer,
  transpose,
  where,
} from '@gansweep/program/browser';
import { type GanLoss, lossNamed } from './losses.ts';
import { mirrorOf } from './mirror.ts';
import type { Network, Probe, SampleShape } from './networks/network.ts';
import { networksOf } from './networks/networks-of.ts';
import { adam, heavyBall } from './optimisers.ts';
import { totalSize, unflatten } from './parameters.ts';
import { type Scalar, scalarsOf } from './scalars.ts';
import { type Blur, blurOf, canFreeze, countsOwnUpdates, hasLabelNoise } from './tricks.ts';

/** What one iteration records; each is the mean over the iteration's updates. */
export const RECORDED = [
  'lossD',
  'dReal',
  'dFake',
  'accReal',
  'accFake',
  'gradNormD',
  'frozenD',
  'lossG',
  'gradNormG',
] as const;
export type Recorded = (typeof RECORDED)[number];

/** Not curves: 0 while loss, gradients and weights of a network are finite, NaN when one of them is not. */
export const CHECKS = ['checkD', 'checkG'] as const;
export type Check = (typeof CHECKS)[number];

/** The two players; states and inputs end in their letter. */
type Side = 'G' | 'D';
type Tensors = ReadonlyMap<string, Sym>;

/** An iteration while it is traced: the states as they stand after the updates so far, and what is to be recorded. */
interface Iteration {
  readonly configuration: Configuration;
  readonly networks: Readonly<Record<Side, Network>>;
  readonly loss: GanLoss;
  readonly state: Map<string, Sym>;
  readonly recorded: Map<Recorded | Check, Sym[]>;
  readonly scalar: (name: Scalar) => Sym;
  readonly blurred: Blur;
  readonly probe: Probe;
}

/** Names of the optimiser's vectors: Adam's moments or the velocity of the heavy ball. */
export function momentsOf({ optimizer }: Pick<Configuration, 'optimizer'>): readonly string[] {
  switch (optimizer) {
    case 'adam':
      return ['m', 'v'];
    case 'sgd':
      return ['u'];
    default:
      return assertNever(optimizer);
  }
}

/**
 * Passes of reals through D in an iteration. Where D is never updated it still looks at one real and one fake batch, so
 * that its scores are recorded.
 */
export function realBatchesOf({ dSteps }: Pick<Configuration, 'dSteps'>): number {
  return Math.max(dSteps, 1);
}

/** Traces one iteration. @param probe is shown every tensor that a diverged run may name, in the order of computation. */
export function traceIteration(
  tracer: Tracer,
  configuration: Configuration,
  shape: SampleShape,
  probe: Probe,
): { readonly outputs: Record<string, Sym>; readonly updates: Record<string, Sym> } {
  const { batch, nz, dSteps, gSteps, optimizer } = configuration;
  const iteration = beginIteration(tracer, configuration, shape, probe);
  const batches = (name: string, count: number, each: readonly number[]): ((update: number) => Sym) => {
    const input = tracer.input(name, [count, ...each]);
    return (update) => reshape(slice(input, 0, update, 1), each);
  };
  const corrections = (side: Side, updates: number): ((update: number) => Sym | null) =>
    optimizer === 'adam' && updates > 0 ? batches(`corrections${side}`, updates, [2]) : () => null;

  const reals = realInput(tracer, configuration, shape);
  const noiseD = batches('noiseD', realBatchesOf(configuration), [batch, nz]);
  const correctionsD = countsOwnUpdates(configuration) ? () => null : corrections('D', dSteps);
  const labels = hasLabelNoise(configuration) ? batches('realLabels', dSteps, []) : () => iteration.scalar('realLabel');
  for (let i = 0; i < realBatchesOf(configuration); i++) {
    const parameters = parametersOf(iteration, 'D');
    const scores = scoreBatches(iteration, { i, reals: reals(i), noise: noiseD(i), parameters, moves: dSteps > 0 });
    if (dSteps === 0) continue;
    const loss = iteration.loss.discriminator({
      ...scores,
      realLabel: labels(i),
      fakeLabel: iteration.scalar('fakeLabel'),
    });
    const lossG = canFreeze(configuration) ? iteration.loss.generator(scores.fake) : null;
    descend(iteration, 'D', {
      loss,
      parameters,
      corrections: correctionsD(i),
      frozen: lossG && greater(mul(lossG, iteration.scalar('freezeRatio')), loss),
    });
  }
  if (gSteps > 0) {
    const noiseG = batches('noiseG', gSteps, [batch, nz]);
    const correctionsG = corrections('G', gSteps);
    for (let i = 0; i < gSteps; i++) {
      const parameters = parametersOf(iteration, 'G');
      const fakes = passThrough(iteration, 'G', { input: noiseG(i), parameters, label: '' });
      moveStatistics(iteration, 'G', fakes.statistics);
      const input = iteration.blurred('forG', i, fakes.output);
      const judged = { input, parameters: parametersOf(iteration, 'D'), label: ' for G' };
      descend(iteration, 'G', {
        loss: iteration.loss.generator(passThrough(iteration, 'D', judged).output),
        parameters,
        corrections: correctionsG(i),
        frozen: null,
      });
    }
  }
  return {
    outputs: Object.fromEntries([...iteration.recorded].map(([name, values]) => [name, meanOf(values)])),
    updates: Object.fromEntries(iteration.state),
  };
}

function beginIteration(tracer: Tracer, configuration: Configuration, shape: SampleShape, probe: Probe): Iteration {
  const { generator, discriminator } = networksOf(configuration, shape);
  const networks = { G: generator, D: discriminator };
  const state = new Map<string, Sym>();
  for (const side of ['G', 'D'] as const) {
    const { parameters, statistics } = networks[side];
    for (const kind of ['p', ...momentsOf(configuration)])
      state.set(`${kind}${side}`, tracer.state(`${kind}${side}`, [totalSize(parameters)]));
    if (statistics.length > 0) state.set(`s${side}`, tracer.state(`s${side}`, [totalSize(statistics)]));
  }
  if (countsOwnUpdates(configuration)) state.set('cD', tracer.state('cD', [2]));
  const scalars = new Map(
    Object.keys(scalarsOf(configuration)).map((name) => [name, tracer.input(name, [], { each: 'call' })]),
  );
  return {
    configuration,
    networks,
    loss: lossNamed(configuration.loss, configuration.model),
    state,
    recorded: new Map(),
    scalar: (name) => known(scalars, name),
    blurred: blurOf(tracer, configuration, shape, {
      passes: realBatchesOf(configuration),
      deviation: () => known(scalars, 'instanceNoise'),
    }),
    probe,
  };
}

/** Real batches as D wants them: points as they are, images from uint8 NHWC to NCHW in [−1, 1]. */
function realInput(tracer: Tracer, configuration: Configuration, shape: SampleShape): (update: number) => Sym {
  const { batch } = configuration;
  const count = realBatchesOf(configuration);
  if (shape.kind === 'plane') {
    const input = tracer.input('real', [count, batch, 2]);
    return (update) => reshape(slice(input, 0, update, 1), [batch, 2]);
  }
  const { height, width, channels } = shape;
  const input = tracer.input('real', [count, batch, height, width, channels], { dtype: 'uint8' });
  const scaled = sub(div(cast(input), 127.5), 1);
  const mirrored = mirrorOf(tracer, configuration, count);
  return (update) => {
    const images = reshape(slice(scaled, 0, update, 1), [batch, height, width, channels]);
    return mirrored(
      update,
      channels === 1 ? reshape(images, [batch, 1, height, width]) : transpose(images, [0, 3, 1, 2]),
    );
  };
}

/** D's logits on a real and a fake batch, each normalised by itself, and the curves that follow from them. */
function scoreBatches(
  iteration: Iteration,
  {
    i,
    reals,
    noise,
    parameters,
    moves,
  }: {
    readonly i: number;
    readonly reals: Sym;
    readonly noise: Sym;
    readonly parameters: Tensors;
    readonly moves: boolean;
  },
): { readonly real: Sym; readonly fake: Sym } {
  const fakes = passThrough(iteration, 'G', {
    input: noise,
    parameters: parametersOf(iteration, 'G'),
    label: ' for D',
  });
  const logits = (input: Sym, label: string): Sym => {
    const passed = passThrough(iteration, 'D', { input, parameters, label });
    if (moves) moveStatistics(iteration, 'D', passed.statistics);
    return passed.output;
  };
  const real = logits(iteration.blurred('real', i, reals), ' on reals');
  const fake = logits(iteration.blurred('fake', i, fakes.output), ' on fakes');
  note(iteration, 'dReal', mean(sigmoid(real), [0, 1]));
  note(iteration, 'dFake', mean(sigmoid(fake), [0, 1]));
  note(iteration, 'accReal', mean(cast(greater(real, 0)), [0, 1]));
  note(iteration, 'accFake', mean(cast(greater(0, fake)), [0, 1]));
  return { real, fake };
}

/** One update of a network's flat parameters and of its optimiser's vectors; none of it happens where it is frozen. */
function descend(
  iteration: Iteration,
  side: Side,
  {
    loss,
    parameters,
    corrections,
    frozen,
  }: {
    readonly loss: Sym;
    readonly parameters: Tensors;
    readonly corrections: Sym | null;
    /** A symbolic truth, or null where every update happens. */
    readonly frozen: Sym | null;
  },
): void {
  const { state, scalar, probe } = iteration;
  probe(`loss${side}`, loss);
  // Tensor by tensor and then joined: the gradient of the flat vector itself would be a sum of padded vectors.
  const parts = gradients(loss, [...parameters.values()]);
  const named = [...parameters.keys()].map((name, i) => ({ name, part: parts[i] as Sym }));
  // Backwards, as they are computed.
  for (const { name, part } of named.toReversed()) probe(`${side}.${name} gradient`, part);
  const gradient = flatten(parts);
  const states = new Map(state);
  const before = known(state, `p${side}`);
  const moved = step(iteration, side, {
    parameters: before,
    gradient: add(gradient, mul(before, scalar('weightDecay'))),
    corrections,
  });
  const after = frozen ? where(frozen, before, moved) : moved;
  if (frozen) {
    for (const [name, old] of states) {
      const next = known(state, name);
      if (next !== old) state.set(name, where(frozen, old, next));
    }
    note(iteration, `frozen${side as 'D'}`, reshape(cast(frozen), []));
  }
  // Later updates take the new parameters as given: no gradient flows back through an optimiser's step.
  state.set(`p${side}`, stopGradient(after));
  for (const [name, part] of parametersOf(iteration, side)) probe(`${side}.${name}`, part);
  note(iteration, `loss${side}`, loss);
  note(iteration, `gradNorm${side}`, norm(gradient));
  note(iteration, `check${side}`, add(add(mul(loss, 0), nothing(gradient)), nothing(after)));
}

/** The new parameters; the optimiser's vectors are replaced in the state. */
function step(
  { configuration, state, scalar }: Iteration,
  side: Side,
  update: { readonly parameters: Sym; readonly gradient: Sym; readonly corrections: Sym | null },
): Sym {
  const { parameters, gradient, corrections } = update;
  const learningRate = scalar(side === 'G' ? 'lrG' : 'lrD');
  if (configuration.optimizer === 'sgd') {
    const next = heavyBall(
      { parameters, gradient, learningRate },
      { velocity: known(state, `u${side}`), momentum: scalar('sgdMomentum') },
    );
    state.set(`u${side}`, next.velocity);
    return next.parameters;
  }
  const [first, second] = corrections
    ? [slice(corrections, 0, 0, 1), slice(corrections, 0, 1, 1)]
    : correctionsOfOwnUpdates(state, scalar);
  const next = adam(
    { parameters, gradient, learningRate },
    { first: known(state, `m${side}`), second: known(state, `v${side}`) },
    {
      beta1: [scalar('beta1'), scalar('restOfBeta1')],
      beta2: [scalar('beta2'), scalar('restOfBeta2')],
      epsilon: scalar('adamEps'),
      corrections: [reshape(first, []), reshape(second, [])],
    },
  );
  state.set(`m${side}`, next.first).set(`v${side}`, next.second);
  return next.parameters;
}

/**
 * Adam's corrections for the update under way where D counts its updates itself: 1 − βᵗ is the moment of a gradient that
 * is always 1, so it moves, and stays, as the moments do.
 */
function correctionsOfOwnUpdates(state: Map<string, Sym>, scalar: Iteration['scalar']): readonly [Sym, Sym] {
  const c = known(state, 'cD');
  const moments = ([1, 2] as const).map((i) =>
    add(mul(slice(c, 0, i - 1, 1), scalar(`beta${i}`)), scalar(`restOfBeta${i}`)),
  );
  state.set('cD', concat(moments, 0));
  const [first, second] = moments.map((moment) => div(1, moment)) as [Sym, Sym];
  return [first, second];
}

function passThrough(
  { networks, state, probe }: Iteration,
  side: Side,
  { input, parameters, label }: { readonly input: Sym; readonly parameters: Tensors; readonly label: string },
): { readonly output: Sym; readonly statistics: Tensors } {
  const network = networks[side];
  const vector = state.get(`s${side}`);
  return network.apply({
    input,
    parameters,
    statistics: vector ? unflatten(vector, network.statistics) : new Map(),
    mode: 'train',
    probe: (name, tensor) => probe(`${side}.${name} output${label}`, tensor),
  });
}

function parametersOf({ networks, state }: Iteration, side: Side): Tensors {
  return unflatten(known(state, `p${side}`), networks[side].parameters);
}

function moveStatistics({ networks, state }: Iteration, side: Side, statistics: Tensors): void {
  const specs = networks[side].statistics;
  if (specs.length > 0) state.set(`s${side}`, flatten(specs.map(({ name }) => known(statistics, name))));
}

function note({ recorded }: Iteration, name: Recorded | Check, value: Sym): void {
  recorded.set(name, [...(recorded.get(name) ?? []), value]);
}

function meanOf(values: readonly Sym[]): Sym {
  return mul(
    values.reduce((total, value) => add(total, value)),
    1 / values.length,
  );
}

/** L2 norm of `[n]`. Large vectors are scaled down, or the squares of elements above 1e19 would overflow. */
function norm(x: Sym): Sym {
  const scale = where(greater(max(abs(x), [0]), 1e15), 2 ** -80, 1);
  return div(sqrt(sum(square(mul(x, scale)), [0])), reshape(scale, []));
}

/** 0 where every element of `[n]` is finite, else NaN. */
function nothing(x: Sym): Sym {
  return sum(mul(x, 0), [0]);
}

function flatten(parts: readonly Sym[]): Sym {
  return concat(
    parts.map((part) => reshape(part, [sizeOf(part.shape)])),
    0,
  );
}

function known(tensors: ReadonlyMap<string, Sym>, name: string): Sym {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`the iteration has no tensor '${name}'`);
  return tensor;
}
