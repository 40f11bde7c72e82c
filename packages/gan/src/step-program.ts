import { assertNever, type Configuration, STREAMS } from '@gansweep/domain';
import {
  abs,
  add,
  cast,
  concat,
  div,
  gradients,
  greater,
  isFiniteAll,
  max,
  mean,
  mul,
  type Program,
  reshape,
  type Sym,
  sigmoid,
  slice,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  type Tracer,
  traceProgram,
  transpose,
  where,
} from '@gansweep/program';
import { lossNamed } from './losses.ts';
import type { Network, Probe, SampleShape } from './networks/network.ts';
import { networksOf } from './networks/networks-of.ts';
import { adam, heavyBall } from './optimisers.ts';
import { initialValues, type ParameterSpec, totalSize, unflatten } from './parameters.ts';

/** What one iteration records; each is the mean over the iteration's updates. */
export const RECORDED = ['lossD', 'dReal', 'dFake', 'accReal', 'accFake', 'gradNormD', 'lossG', 'gradNormG'] as const;
export type Recorded = (typeof RECORDED)[number];

/** Not a curve: 0 while loss, gradients and weights of a network are finite, NaN from the iteration on that they are not. */
export type Check = 'checkD' | 'checkG';

type Scalar =
  | 'lrG'
  | 'lrD'
  | 'weightDecay'
  | 'realLabel'
  | 'fakeLabel'
  | 'beta1'
  | 'restOfBeta1'
  | 'beta2'
  | 'restOfBeta2'
  | 'adamEps'
  | 'sgdMomentum';

/**
 * Settings that are numbers fed to the program, so that runs which differ in them alone share one program. The rests,
 * 1 − β, are taken before rounding to float32.
 */
export function scalarsOf(configuration: Configuration): Readonly<Partial<Record<Scalar, number>>> {
  const { lrG, lrD, weightDecay, realLabel, fakeLabel } = configuration;
  const shared = { lrG, lrD, weightDecay, realLabel, fakeLabel };
  switch (configuration.optimizer) {
    case 'adam': {
      const { beta1, beta2, adamEps } = configuration;
      return { ...shared, beta1, restOfBeta1: 1 - beta1, beta2, restOfBeta2: 1 - beta2, adamEps };
    }
    case 'sgd':
      return { ...shared, sgdMomentum: configuration.sgdMomentum };
    default:
      return assertNever(configuration);
  }
}

/** The iteration as a program, with its first state. */
export interface StepProgram {
  readonly program: Program;
  /** State of a run that has not begun. */
  readonly initialState: (seed: number) => Record<string, Float32Array>;
  readonly shape: SampleShape;
}

interface Side {
  readonly letter: 'G' | 'D';
  readonly network: Network;
  readonly learningRate: Scalar;
}

/**
 * One iteration: dSteps updates of D, each on fresh reals and noise, then gSteps updates of G on fresh noise.
 * Real and fake pass D as separate batches; D's update moves its running statistics with the real batch, then the fake
 * one; G's running statistics are moved by G's updates alone.
 *
 * States (flat vectors): `p` parameters, `m` and `v` moments of Adam or `u` velocity of SGD, `s` running statistics; each
 * for G and D. Inputs of each step: `real` `[dSteps, batch, 2]` or uint8 `[dSteps, batch, height, width, channels]`,
 * `noiseD`, `noiseG` `[updates, batch, nz]`, `correctionsD`, `correctionsG` `[updates, 2]` under Adam. Inputs of the call:
 * the configuration's scalars.
 */
export function createStepProgram(configuration: Configuration, shape: SampleShape): StepProgram {
  const networks = networksOf(configuration, shape);
  return {
    program: traceProgram((tracer) => traceIteration(tracer, configuration, shape, () => {})),
    shape,
    initialState: (seed) => {
      const sides = [
        ['G', networks.generator, STREAMS.initG],
        ['D', networks.discriminator, STREAMS.initD],
      ] as const;
      return Object.fromEntries(
        sides.flatMap(([letter, network, stream]) => [
          [`p${letter}`, initialValues(network.parameters, seed, stream)],
          ...momentsOf(configuration).map((moment) => [
            `${moment}${letter}`,
            new Float32Array(totalSize(network.parameters)),
          ]),
          ...(network.statistics.length > 0 ? [[`s${letter}`, initialValues(network.statistics, seed, stream)]] : []),
        ]),
      );
    },
  };
}

/**
 * The same iteration with one output more for every named tensor, 1 where it is finite: for finding the first bad one.
 * @returns the program and the tensors' names, in the order of their computation.
 */
export function createDiagnosis(
  configuration: Configuration,
  shape: SampleShape,
): { readonly program: Program; readonly names: readonly string[] } {
  const names: string[] = [];
  const program = traceProgram((tracer) => {
    const flags: Record<string, Sym> = {};
    const traced = traceIteration(tracer, configuration, shape, (name, tensor) => {
      flags[`finite${names.length}`] = isFiniteAll(tensor);
      names.push(name);
    });
    return { updates: traced.updates, outputs: { ...traced.outputs, ...flags } };
  });
  return { program, names };
}

/** Names of the optimiser's vectors. */
export function momentsOf({ optimizer }: Pick<Configuration, 'optimizer'>): readonly string[] {
  return optimizer === 'adam' ? ['m', 'v'] : ['u'];
}

function traceIteration(
  tracer: Tracer,
  configuration: Configuration,
  shape: SampleShape,
  probe: Probe,
): { outputs: Record<string, Sym>; updates: Record<string, Sym> } {
  const { batch, nz, dSteps, gSteps } = configuration;
  const networks = networksOf(configuration, shape);
  const loss = lossNamed(configuration.loss, configuration.model);
  const sideG: Side = { letter: 'G', network: networks.generator, learningRate: 'lrG' };
  const sideD: Side = { letter: 'D', network: networks.discriminator, learningRate: 'lrD' };
  const state = new Map<string, Sym>();
  for (const { letter, network } of [sideG, sideD]) {
    for (const kind of ['p', ...momentsOf(configuration)])
      state.set(`${kind}${letter}`, tracer.state(`${kind}${letter}`, [totalSize(network.parameters)]));
    if (network.statistics.length > 0)
      state.set(`s${letter}`, tracer.state(`s${letter}`, [totalSize(network.statistics)]));
  }
  const scalars = new Map<Scalar, Sym>();
  for (const name of Object.keys(scalarsOf(configuration)) as Scalar[])
    scalars.set(name, tracer.input(name, [], { each: 'call' }));
  const scalar = (name: Scalar): Sym => scalars.get(name) as Sym;
  const current = (name: string): Sym => state.get(name) as Sym;
  const updatesInput = (name: string, updates: number, inner: readonly number[]): ((update: number) => Sym) => {
    const input = tracer.input(name, [updates, ...inner]);
    return (update) => reshape(slice(input, 0, update, 1), inner);
  };

  const outputs: Record<string, Sym> = {};
  const record = (name: Recorded | Check, values: readonly Sym[]): void => {
    outputs[name] = mul(
      values.reduce((total, value) => add(total, value)),
      1 / values.length,
    );
  };
  const recorded = new Map<Recorded | Check, Sym[]>();
  const note = (name: Recorded | Check, value: Sym): void =>
    void recorded.set(name, [...(recorded.get(name) ?? []), value]);

  const parametersOf = (side: Side): ReadonlyMap<string, Sym> =>
    unflatten(current(`p${side.letter}`), side.network.parameters);
  const pass = (side: Side, input: Sym, parameters: ReadonlyMap<string, Sym>, label: string) =>
    side.network.apply({
      input,
      parameters,
      statistics:
        side.network.statistics.length > 0 ? unflatten(current(`s${side.letter}`), side.network.statistics) : new Map(),
      mode: 'train',
      probe: (name, tensor) => probe(`${side.letter}.${name} output${label}`, tensor),
    });
  const moveStatistics = (side: Side, statistics: ReadonlyMap<string, Sym>): void => {
    if (side.network.statistics.length > 0) state.set(`s${side.letter}`, flatten(side.network.statistics, statistics));
  };
  // Later updates take new parameters as given: no gradient flows back through an optimiser's step.
  const given = stopGradient;
  const update = (
    side: Side,
    lossValue: Sym,
    tensors: ReadonlyMap<string, Sym>,
    corrections: ((i: number) => Sym) | null,
    i: number,
  ): void => {
    const { letter } = side;
    const parameters = current(`p${letter}`);
    probe(`loss${letter}`, lossValue);
    // Tensor by tensor and then joined: the gradient of the flat vector itself would be a sum of padded vectors.
    const parts = gradients(lossValue, [...tensors.values()]);
    // Backwards, as they are computed.
    for (const [name, part] of [...tensors.keys()].map((name, at) => [name, parts[at] as Sym] as const).reverse())
      probe(`${letter}.${name} gradient`, part);
    const gradient = concatFlat(parts);
    note(`loss${letter}`, lossValue);
    note(`gradNorm${letter}`, norm(gradient));
    const decayed = add(gradient, mul(parameters, scalar('weightDecay')));
    const learningRate = scalar(side.learningRate);
    if (configuration.optimizer === 'adam') {
      const pair = (corrections as (i: number) => Sym)(i);
      const next = adam(
        { parameters, gradient: decayed, learningRate },
        { first: current(`m${letter}`), second: current(`v${letter}`) },
        {
          beta1: [scalar('beta1'), scalar('restOfBeta1')],
          beta2: [scalar('beta2'), scalar('restOfBeta2')],
          epsilon: scalar('adamEps'),
          corrections: [reshape(slice(pair, 0, 0, 1), []), reshape(slice(pair, 0, 1, 1), [])],
        },
      );
      state.set(`p${letter}`, given(next.parameters)).set(`m${letter}`, next.first).set(`v${letter}`, next.second);
    } else {
      const next = heavyBall(
        { parameters, gradient: decayed, learningRate },
        { velocity: current(`u${letter}`), momentum: scalar('sgdMomentum') },
      );
      state.set(`p${letter}`, given(next.parameters)).set(`u${letter}`, next.velocity);
    }
    for (const [name, part] of parametersOf(side)) probe(`${letter}.${name}`, part);
    const nothing = (x: Sym): Sym =>
      x.shape.length === 0
        ? mul(x, 0)
        : sum(
            mul(x, 0),
            x.shape.map((_, axis) => axis),
          );
    note(`check${letter}`, add(add(nothing(lossValue), nothing(gradient)), nothing(current(`p${letter}`))));
  };

  if (dSteps > 0) {
    const reals = realInput(tracer, configuration, shape);
    const noise = updatesInput('noiseD', dSteps, [batch, nz]);
    const corrections = configuration.optimizer === 'adam' ? updatesInput('correctionsD', dSteps, [2]) : null;
    for (let i = 0; i < dSteps; i++) {
      const fakes = pass(sideG, noise(i), parametersOf(sideG), ' for D').output;
      const parameters = parametersOf(sideD);
      const real = pass(sideD, reals(i), parameters, ' on reals');
      moveStatistics(sideD, real.statistics);
      const fake = pass(sideD, fakes, parameters, ' on fakes');
      moveStatistics(sideD, fake.statistics);
      const value = loss.discriminator({
        real: real.output,
        fake: fake.output,
        realLabel: scalar('realLabel'),
        fakeLabel: scalar('fakeLabel'),
      });
      note('dReal', mean(sigmoid(real.output), [0, 1]));
      note('dFake', mean(sigmoid(fake.output), [0, 1]));
      note('accReal', mean(cast(greater(real.output, 0)), [0, 1]));
      note('accFake', mean(cast(greater(0, fake.output)), [0, 1]));
      update(sideD, value, parameters, corrections, i);
    }
  }
  if (gSteps > 0) {
    const noise = updatesInput('noiseG', gSteps, [batch, nz]);
    const corrections = configuration.optimizer === 'adam' ? updatesInput('correctionsG', gSteps, [2]) : null;
    for (let i = 0; i < gSteps; i++) {
      const parameters = parametersOf(sideG);
      const fake = pass(sideG, noise(i), parameters, '');
      moveStatistics(sideG, fake.statistics);
      const scores = pass(sideD, fake.output, parametersOf(sideD), ' for G').output;
      update(sideG, loss.generator(scores), parameters, corrections, i);
    }
  }
  for (const [name, values] of recorded) record(name, values);
  return { outputs, updates: Object.fromEntries(state) };
}

/** Real batches as D wants them: points as they are, images from uint8 NHWC to NCHW in [−1, 1]. */
function realInput(tracer: Tracer, { batch, dSteps }: Configuration, shape: SampleShape): (update: number) => Sym {
  if (shape.kind === 'plane') {
    const input = tracer.input('real', [dSteps, batch, 2]);
    return (update) => reshape(slice(input, 0, update, 1), [batch, 2]);
  }
  const { height, width, channels } = shape;
  const input = tracer.input('real', [dSteps, batch, height, width, channels], { dtype: 'uint8' });
  const scaled = sub(div(cast(input), 127.5), 1);
  return (update) => {
    const images = reshape(slice(scaled, 0, update, 1), [batch, height, width, channels]);
    return channels === 1 ? reshape(images, [batch, 1, height, width]) : transpose(images, [0, 3, 1, 2]);
  };
}

/** L2 norm of `[n]`. Large vectors are scaled down, or the squares of elements above 1e19 would overflow. */
function norm(x: Sym): Sym {
  const scale = where(greater(max(abs(x), [0]), 1e15), 2 ** -80, 1);
  return div(sqrt(sum(square(mul(x, scale)), [0])), reshape(scale, []));
}

function flatten(specs: readonly ParameterSpec[], tensors: ReadonlyMap<string, Sym>): Sym {
  return concatFlat(specs.map(({ name }) => tensors.get(name) as Sym));
}

function concatFlat(parts: readonly Sym[]): Sym {
  return concat(
    parts.map((part) => reshape(part, [part.shape.reduce((a, b) => a * b, 1)])),
    0,
  );
}
