import { atValues, type PluginField, type PluginName, type PluginValue, valuesToTry } from '@gansweep/domain';
import * as operations from '@gansweep/program/browser';
import { evaluateProgram, gradients, type Sym, traceProgram } from '@gansweep/program/browser';
import { addLoss, type DiscriminatorScores, type GanLoss, type LossFields } from '../losses.ts';

/** What a plugin's loss may compute with: our operations over symbolic tensors. */
export type Operations = typeof operations;

/** A loss from a plugin, `plugin:` before its name in a spec: pure functions of symbolic tensors and the operations over them. */
export interface PluginLoss {
  readonly name: string;
  readonly doc: string;
  readonly hash: string;
  readonly file: string;
  readonly fields: readonly PluginField[];
  readonly discriminator: (scores: DiscriminatorScores, operations: Operations, fields: LossFields) => Sym;
  readonly generator: (fake: Sym, operations: Operations, fields: LossFields) => Sym;
}

type Values = Readonly<Record<string, PluginValue>>;

/** Logits at which gradients are checked: small, large, of both signs, and none at a kink of max(0, 1 ± x). */
const REAL = [-2.3, -0.4, 0.17, 1.9];
const FAKE = [-3.1, -0.21, 0.6, 2.7];
const STEP = 1e-4;
const TOLERANCE = 1e-3;

/** What the check of a loss found. */
export interface LossCheck {
  /** Largest |gradient − finite difference| / max(1, |finite difference|) over the logits of D and of G. */
  readonly error: number;
  /** What is wrong with it, for a person; null when nothing is. */
  readonly problem: string | null;
}

/** Makes a loss known in this process beside ours. */
export function addPluginLoss(name: PluginName, loss: PluginLoss): void {
  addLoss(name, (fields) => boundLoss(loss, fields));
}

function boundLoss({ discriminator, generator }: PluginLoss, fields: LossFields): GanLoss {
  return {
    discriminator: (scores) => discriminator(scores, operations, fields),
    generator: (fake) => generator(fake, operations, fields),
  };
}

/**
 * Computes a loss and its gradients by our differentiation and by central differences, in float64, at labels .9 and .1:
 * both halves have to be finite scalars, with its fields at their defaults and at their ends; at the defaults G's has to
 * depend on the fakes and D's on both sides.
 */
export function checkLoss(loss: PluginLoss): LossCheck {
  const [defaults = {}, ...others] = valuesToTry(loss.fields);
  let checked = checkAt(loss, defaults, { depends: true });
  for (const values of others) {
    if (checked.problem !== null) return checked;
    const { error, problem } = checkAt(loss, values, { depends: false });
    checked = { error: Math.max(error, checked.error), problem: problem && `${problem}${atValues(values)}` };
  }
  return checked;
}

function checkAt(loss: PluginLoss, values: Values, { depends }: { readonly depends: boolean }): LossCheck {
  try {
    const at = (real: readonly number[], fake: readonly number[]) => evaluated(loss, values, real, fake);
    const { dReal, dFake, gFake, lossD, lossG } = at(REAL, FAKE);
    if (![lossD, lossG, ...dReal, ...dFake, ...gFake].every(Number.isFinite))
      return { error: Number.NaN, problem: 'is not finite, or its gradient is not, at ordinary logits' };
    if (depends && !dReal.some((slope) => slope !== 0))
      return { error: 0, problem: "D's half does not depend on the reals" };
    if (depends && !dFake.some((slope) => slope !== 0))
      return { error: 0, problem: "D's half does not depend on the fakes" };
    if (depends && !gFake.some((slope) => slope !== 0))
      return { error: 0, problem: "G's half does not depend on the fakes" };
    let error = 0;
    const compare = (slope: number, up: number, down: number): void => {
      const difference = (up - down) / (2 * STEP);
      error = Math.max(error, Math.abs(slope - difference) / Math.max(1, Math.abs(difference)));
    };
    const moved = (values: readonly number[], i: number, by: number) => values.map((x, k) => (k === i ? x + by : x));
    REAL.forEach((_, i) => {
      const [up, down] = [at(moved(REAL, i, STEP), FAKE), at(moved(REAL, i, -STEP), FAKE)];
      compare(dReal[i] as number, up.lossD, down.lossD);
    });
    FAKE.forEach((_, i) => {
      const [up, down] = [at(REAL, moved(FAKE, i, STEP)), at(REAL, moved(FAKE, i, -STEP))];
      compare(dFake[i] as number, up.lossD, down.lossD);
      compare(gFake[i] as number, up.lossG, down.lossG);
    });
    return {
      error,
      problem:
        error <= TOLERANCE
          ? null
          : `its gradient is ${error.toExponential(1)} off its finite differences (at most ${TOLERANCE}): does it use stopGradient, or jump?`,
    };
  } catch (error) {
    return { error: Number.NaN, problem: error instanceof Error ? error.message : String(error) };
  }
}

function evaluated(given: PluginLoss, values: Values, real: readonly number[], fake: readonly number[]) {
  const numbers = Object.entries(values).flatMap(([name, value]): [string, number][] =>
    typeof value === 'number' ? [[`field.${name}`, value]] : [],
  );
  const program = traceProgram((tracer) => {
    const scalars = numbers.map(([name]) => [name.slice('field.'.length), tracer.input(name, [])] as const);
    const loss = boundLoss(given, { ...values, ...Object.fromEntries(scalars) });
    const [reals, fakes] = [tracer.input('real', [real.length, 1]), tracer.input('fake', [fake.length, 1])];
    const labels = { realLabel: tracer.input('realLabel', []), fakeLabel: tracer.input('fakeLabel', []) };
    const lossD = scalar(loss.discriminator({ real: reals, fake: fakes, ...labels }), "D's half");
    const lossG = scalar(loss.generator(fakes), "G's half");
    const [dReal, dFake] = gradients(lossD, [reals, fakes]) as [Sym, Sym];
    const [gFake] = gradients(lossG, [fakes]) as [Sym];
    return { outputs: { lossD, lossG, dReal, dFake, gFake } };
  });
  const results = evaluateProgram(program, {
    state: new Map(),
    inputs: new Map([
      ['real', Float64Array.from(real)],
      ['fake', Float64Array.from(fake)],
      ['realLabel', Float64Array.of(0.9)],
      ['fakeLabel', Float64Array.of(0.1)],
      ...numbers.map(([name, value]): [string, Float64Array] => [name, Float64Array.of(value)]),
    ]),
  });
  const valuesOf = (name: string): readonly number[] => {
    const output = program.outputs.find((one) => one.name === name);
    return Array.from((output && results.get(output.symbol)?.data) ?? []);
  };
  return {
    lossD: valuesOf('lossD')[0] as number,
    lossG: valuesOf('lossG')[0] as number,
    dReal: valuesOf('dReal'),
    dFake: valuesOf('dFake'),
    gFake: valuesOf('gFake'),
  };
}

function scalar(value: Sym | undefined, what: string): Sym {
  if (!value || !Array.isArray(value.shape)) throw new Error(`${what} gives no symbolic tensor`);
  if (value.shape.length !== 0)
    throw new Error(`${what} gives [${value.shape}], and a loss is a scalar: take the mean`);
  return value;
}
