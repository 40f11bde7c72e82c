import type { Side } from '@gansweep/domain';
import {
  abs,
  add,
  cast,
  concat,
  div,
  gradients,
  greater,
  max,
  mul,
  reshape,
  type Sym,
  slice,
  split,
  sqrt,
  square,
  stopGradient,
  sum,
  where,
} from '@gansweep/program/browser';
import { grows } from '../growth.ts';
import { presenceOfLayer } from '../networks/growth.ts';
import { adam, heavyBall } from '../optimisers.ts';
import { totalSize, unflatten } from '../parameters.ts';
import { networksMovedBy } from '../players.ts';
import { flatten, type Iteration, inputOfUpdates, known, note, parametersOf, type Tensors } from './iteration.ts';

/** Adam's corrections of a player's updates as an input; null where it has none, or counts its updates itself. */
export function correctionsOf(
  iteration: Iteration,
  side: Side,
  { updates, counted }: { readonly updates: number; readonly counted: boolean },
): (update: number) => Sym | null {
  if (iteration.configuration.optimizer !== 'adam' || updates === 0 || counted) return () => null;
  return inputOfUpdates(iteration, `corrections${side}`, { count: updates, each: [2] });
}

/**
 * One update of the flat parameters that an optimiser moves, and of its vectors; none of it happens where it is frozen.
 * @param parameters the tensors that `loss` was made of, of each network that the optimiser moves, in their order.
 */
export function descend(
  iteration: Iteration,
  side: Side,
  {
    loss,
    parameters,
    corrections,
    frozen,
  }: {
    readonly loss: Sym;
    readonly parameters: readonly Tensors[];
    readonly corrections: Sym | null;
    /** A symbolic truth, or null where every update happens. */
    readonly frozen: Sym | null;
  },
): void {
  const { state, scalar, probe } = iteration;
  probe(`loss${side}`, loss);
  const moved = networksMovedBy(side);
  const named = moved.flatMap((network, i) =>
    [...(parameters[i] ?? [])].map(([name, tensor]) => ({ name: `${network}.${name}`, tensor })),
  );
  // Tensor by tensor and then joined: the gradient of the flat vector itself would be a sum of padded vectors.
  const parts = gradients(
    loss,
    named.map(({ tensor }) => tensor),
  );
  // Backwards, as they are computed.
  for (const [i, { name }] of [...named.entries()].toReversed()) probe(`${name} gradient`, parts[i] as Sym);
  const gradient = flatten(parts);
  const states = new Map(state);
  const vectors = moved.map((network) => known(state, `p${network}`));
  const before = vectors.length === 1 ? (vectors[0] as Sym) : concat(vectors, 0);
  const stepped = step(iteration, side, {
    parameters: before,
    gradient: add(gradient, mul(asPresent(iteration, side, named) ?? before, scalar('weightDecay'))),
    corrections,
  });
  const after = frozen ? where(frozen, before, stepped) : stepped;
  if (frozen) {
    for (const [name, old] of states) {
      const next = known(state, name);
      if (next !== old) state.set(name, where(frozen, old, next));
    }
    note(iteration, `frozen${side as 'D'}`, reshape(cast(frozen), []));
  }
  // Later updates take the new parameters as given: no gradient flows back through an optimiser's step.
  keepParameters(iteration, moved, stopGradient(after));
  for (const network of moved)
    for (const [name, part] of parametersOf(iteration, network)) probe(`${network}.${name}`, part);
  note(iteration, `loss${side as 'D'}`, loss);
  note(iteration, `gradNorm${side as 'D'}`, norm(gradient));
  note(iteration, `check${side as 'D'}`, add(add(mul(loss, 0), nothing(gradient)), nothing(after)));
}

/** A growing network's parameters as far as their layers have come in, since what is not there yet does not decay; else null. */
function asPresent(
  { configuration, networks, state }: Iteration,
  side: Side,
  named: readonly { readonly name: string; readonly tensor: Sym }[],
): Sym | null {
  if (!grows(configuration)) return null;
  const { resolution } = configuration;
  const statistics = unflatten(known(state, `s${side}`), known(networks, side).statistics);
  return flatten(
    named.map(({ name, tensor }) => {
      const presence = presenceOfLayer(statistics, { name: name.slice(`${side}.`.length), resolution });
      return presence ? mul(tensor, presence) : tensor;
    }),
  );
}

function keepParameters({ networks, state }: Iteration, moved: readonly Side[], vector: Sym): void {
  const sizes = moved.map((network) => totalSize(known(networks, network).parameters));
  const parts = moved.length === 1 ? [vector] : split(vector, sizes, 0);
  moved.forEach((network, i) => {
    state.set(`p${network}`, parts[i] as Sym);
  });
}

/** The new parameters; the optimiser's vectors are replaced in the state. */
function step(
  { configuration, state, scalar, lrFactor: factor }: Iteration,
  side: Side,
  update: { readonly parameters: Sym; readonly gradient: Sym; readonly corrections: Sym | null },
): Sym {
  const { parameters, gradient, corrections } = update;
  const learningRate = factor ? mul(scalar(`lr${side}`), factor) : scalar(`lr${side}`);
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
      beta1: [scalar(`beta1${side}`), scalar(`restOfBeta1${side}`)],
      beta2: [scalar(`beta2${side}`), scalar(`restOfBeta2${side}`)],
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
  const moments = (['1D', '2D'] as const).map((decay, i) =>
    add(mul(slice(c, 0, i, 1), scalar(`beta${decay}`)), scalar(`restOfBeta${decay}`)),
  );
  state.set('cD', concat(moments, 0));
  const [first, second] = moments.map((moment) => div(1, moment)) as [Sym, Sym];
  return [first, second];
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
