import { LOSSES, type LossName } from '@gansweep/domain';
import { gradients, type Sym } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import { evaluateExpression } from '../test/evaluate-expression.ts';
import { lossNamed } from './losses.ts';

type Model = 'mlp2d' | 'dcgan';

/** Both losses and their gradients for the logits, `[batch, 1]` each. */
function lossesAt(
  name: LossName,
  {
    real,
    fake,
    realLabel = 1,
    fakeLabel = 0,
    model = 'dcgan',
  }: { real: number[]; fake: number[]; realLabel?: number; fakeLabel?: number; model?: Model },
) {
  const results = evaluateExpression(
    {
      real: { shape: [real.length, 1], data: real },
      fake: { shape: [fake.length, 1], data: fake },
      realLabel: { shape: [], data: [realLabel] },
      fakeLabel: { shape: [], data: [fakeLabel] },
    },
    (scores) => {
      const loss = lossNamed(name, model);
      const ofD = loss.discriminator(scores);
      const ofG = loss.generator(scores.fake);
      const [dReal, dFake] = gradients(ofD, [scores.real, scores.fake]) as [Sym, Sym];
      const [gFake] = gradients(ofG, [scores.fake]) as [Sym];
      return { lossD: ofD, lossG: ofG, dReal, dFake, gFake };
    },
  );
  const { dReal, dFake, gFake } = results;
  return { lossD: results.lossD[0] as number, lossG: results.lossG[0] as number, dReal, dFake, gFake };
}

const logit = (p: number): number => Math.log(p / (1 - p));
const sigmoid = (l: number): number => 1 / (1 + Math.exp(-l));

describe('at its optimum, where fakes and reals have one law,', () => {
  it.each([
    // realLabel, fakeLabel → D*, L_D, L_G
    [1, 0, 0.5, 2 * Math.LN2, Math.LN2],
    [0.9, 0, 0.45, 1.376278, 0.798508],
    [0.9, 0.3, 0.6, 1.346023, 0.510826],
  ])(
    'non-saturating with labels %f and %f has D* = %f, L_D = %f, L_G = %f',
    (realLabel, fakeLabel, d, lossD, lossG) => {
      const at = lossesAt('non-saturating', { real: [logit(d)], fake: [logit(d)], realLabel, fakeLabel });
      expect(at.lossD).toBeCloseTo(lossD, 6);
      expect(at.lossG).toBeCloseTo(lossG, 6);
      // One logit for both batches: what D gains on one side it loses on the other.
      expect((at.dReal[0] as number) + (at.dFake[0] as number)).toBeCloseTo(0, 12);
    },
  );

  it('saturating has the value −ln 4 of the minimax game: −L_D, and twice L_G', () => {
    const at = lossesAt('saturating', { real: [0], fake: [0] });
    expect(-at.lossD).toBeCloseTo(-Math.log(4), 12);
    expect(2 * at.lossG).toBeCloseTo(-Math.log(4), 12);
  });

  it('least squares has L_D = ½ and L_G = ¼, at the score ½', () => {
    const linear = lossesAt('least-squares', { real: [0.5], fake: [0.5] });
    expect([linear.lossD, linear.lossG]).toEqual([0.5, 0.25]);
    const onProbabilities = lossesAt('least-squares', { real: [0], fake: [0], model: 'mlp2d' });
    expect([onProbabilities.lossD, onProbabilities.lossG]).toEqual([0.5, 0.25]);
  });

  it('hinge has L_D = 2 and L_G = 0 at the score 0, and nothing to gain for D beyond its margins', () => {
    const at = lossesAt('hinge', { real: [0], fake: [0] });
    expect([at.lossD, at.lossG]).toEqual([2, expect.closeTo(0, 12)]);
    const beyond = lossesAt('hinge', { real: [1.5], fake: [-1.5] });
    expect([beyond.lossD, ...beyond.dReal, ...beyond.dFake].map(Math.abs)).toEqual([0, 0, 0]);
    expect(beyond.gFake).toEqual([-1]);
  });

  it('gan-lab-log has L_D = 1.95 ln 2 at the score ½', () => {
    expect(lossesAt('gan-lab-log', { real: [0], fake: [0] }).lossD).toBeCloseTo(1.95 * Math.LN2, 12);
  });
});

describe('on logits away from the optimum', () => {
  const real = [1.3, -0.4, 0.2];
  const fake = [-0.7, 0.9];
  const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  const a = 0.9;
  const b = 0.2;
  const entropies = {
    real: mean(real.map((l) => -a * Math.log(sigmoid(l)) - (1 - a) * Math.log(1 - sigmoid(l)))),
    fake: mean(fake.map((l) => -b * Math.log(sigmoid(l)) - (1 - b) * Math.log(1 - sigmoid(l)))),
  };
  it.each([
    ['non-saturating', 'dcgan', entropies.real + entropies.fake, mean(fake.map((l) => -Math.log(sigmoid(l))))],
    ['saturating', 'dcgan', entropies.real + entropies.fake, mean(fake.map((l) => Math.log(1 - sigmoid(l))))],
    [
      'least-squares',
      'dcgan',
      mean(real.map((l) => (l - a) ** 2)) + mean(fake.map((l) => (l - b) ** 2)),
      mean(fake.map((l) => (l - 1) ** 2)),
    ],
    [
      'least-squares',
      'mlp2d',
      mean(real.map((l) => (sigmoid(l) - a) ** 2)) + mean(fake.map((l) => (sigmoid(l) - b) ** 2)),
      mean(fake.map((l) => (sigmoid(l) - 1) ** 2)),
    ],
    [
      'hinge',
      'dcgan',
      mean(real.map((l) => Math.max(0, 1 - l))) + mean(fake.map((l) => Math.max(0, 1 + l))),
      -mean(fake),
    ],
    [
      'gan-lab-log',
      'mlp2d',
      -(0.95 * mean(real.map((l) => Math.log(sigmoid(l)))) + mean(fake.map((l) => Math.log(1 - sigmoid(l))))),
      mean(fake.map((l) => -Math.log(sigmoid(l)))),
    ],
  ] as const)('%s of %s equals its definition by probabilities', (name, model, lossD, lossG) => {
    const at = lossesAt(name, { real: [...real], fake: [...fake], realLabel: a, fakeLabel: b, model });
    expect(at.lossD).toBeCloseTo(lossD, 12);
    expect(at.lossG).toBeCloseTo(lossG, 12);
  });

  it.each(LOSSES.flatMap((name) => [[name, 'mlp2d'] as const, [name, 'dcgan'] as const]))(
    'the gradients of %s of %s equal finite differences',
    (name, model) => {
      const labels = { realLabel: a, fakeLabel: b, model };
      const at = lossesAt(name, { real: [...real], fake: [...fake], ...labels });
      // Constants such as 1/3 are float32 also here, so seven digits agree.
      const step = 1e-5;
      const moved = (values: readonly number[], i: number, by: number): number[] =>
        values.map((x, k) => (k === i ? x + by : x));
      real.forEach((_, i) => {
        const up = lossesAt(name, { real: moved(real, i, step), fake: [...fake], ...labels });
        const down = lossesAt(name, { real: moved(real, i, -step), fake: [...fake], ...labels });
        expect(at.dReal[i]).toBeCloseTo((up.lossD - down.lossD) / (2 * step), 6);
      });
      fake.forEach((_, i) => {
        const up = lossesAt(name, { real: [...real], fake: moved(fake, i, step), ...labels });
        const down = lossesAt(name, { real: [...real], fake: moved(fake, i, -step), ...labels });
        expect(at.dFake[i]).toBeCloseTo((up.lossD - down.lossD) / (2 * step), 6);
        expect(at.gFake[i]).toBeCloseTo((up.lossG - down.lossG) / (2 * step), 6);
      });
    },
  );
});

describe('far out, where log σ would overflow,', () => {
  it.each(LOSSES)('%s stays finite with its gradients', (name) => {
    for (const [real, fake] of [
      [1_000, -1_000],
      [-1_000, 1_000],
    ] as const) {
      const { lossD, lossG, dReal, dFake, gFake } = lossesAt(name, { real: [real], fake: [fake], model: 'mlp2d' });
      for (const value of [lossD, lossG, ...dReal, ...dFake, ...gFake]) expect(value).toSatisfy(Number.isFinite);
    }
  });

  it('non-saturating keeps its slope for G where saturating has lost it', () => {
    expect(lossesAt('non-saturating', { real: [0], fake: [-1_000] }).gFake[0]).toBeCloseTo(-1, 12);
    expect(lossesAt('saturating', { real: [0], fake: [-1_000] }).gFake[0]).toBeCloseTo(0, 12);
  });
});

it('labels do not change what G is trained for', () => {
  for (const name of LOSSES)
    expect(lossesAt(name, { real: [0.3], fake: [0.4], realLabel: 0.9, fakeLabel: 0.3 }).lossG).toBe(
      lossesAt(name, { real: [0.3], fake: [0.4] }).lossG,
    );
});
