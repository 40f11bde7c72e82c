import {
  factsOf,
  isPluginName,
  type LossName,
  type ModelName,
  type PluginName,
  type PluginValue,
} from '@gansweep/domain';
import {
  add,
  mean,
  mul,
  neg,
  type Operand,
  relu,
  type Sym,
  sigmoid,
  softplus,
  square,
  sub,
} from '@gansweep/program/browser';

/** D's logits on a real and a fake batch, each `[batch, 1]`, unbounded; labels in [0, 1], symbolic scalars or numbers. */
export interface DiscriminatorScores {
  readonly real: Sym;
  readonly fake: Sym;
  readonly realLabel: Operand;
  readonly fakeLabel: Operand;
}

/** The two halves of an objective. Both give symbolic scalars to be minimised. */
export interface GanLoss {
  readonly discriminator: (scores: DiscriminatorScores) => Sym;
  /** @param fake D's logits on fakes, `[batch, 1]`. Labels never change G's target, which is 1. */
  readonly generator: (fake: Sym) => Sym;
}

const everything = (x: Sym): Sym =>
  mean(
    x,
    x.shape.map((_, axis) => axis),
  );

/** label · sp(−l) + (1 − label) · sp(l): cross entropy of σ(l) against a label, stable for every l. */
const crossEntropy = (logits: Sym, label: Operand): Sym =>
  everything(add(mul(softplus(neg(logits)), label), mul(softplus(logits), sub1(label))));

const sub1 = (label: Operand): Operand => (typeof label === 'number' ? 1 - label : sub(1, label));

const classified = ({ real, fake, realLabel, fakeLabel }: DiscriminatorScores): Sym =>
  add(crossEntropy(real, realLabel), crossEntropy(fake, fakeLabel));

/** L_G = mean softplus(−f). @see Goodfellow et al. (2014), section 3, arXiv:1406.2661 */
const nonSaturating: GanLoss = { discriminator: classified, generator: (fake) => everything(softplus(neg(fake))) };

/** L_G = −mean softplus(f), that is mean log(1 − D(G(z))): the minimax game. @see Goodfellow et al. (2014), eq. 1 */
const saturating: GanLoss = { discriminator: classified, generator: (fake) => neg(everything(softplus(fake))) };

/**
 * L_D = mean (d_r − a)² + mean (d_f − b)², L_G = mean (d_f − 1)².
 * @param score d from the logit: the logit itself, or its sigmoid as GAN Lab does.
 * @see Mao et al. (2017), eq. 2, arXiv:1611.04076
 */
function leastSquares(score: (logits: Sym) => Sym): GanLoss {
  return {
    discriminator: ({ real, fake, realLabel, fakeLabel }) =>
      add(everything(square(sub(score(real), realLabel))), everything(square(sub(score(fake), fakeLabel)))),
    generator: (fake) => everything(square(sub(score(fake), 1))),
  };
}

/**
 * L_D = mean max(0, 1 − r) + mean max(0, 1 + f), L_G = −mean f. Labels do not enter.
 * @see Lim, Ye (2017), section 3, arXiv:1705.02894; Miyato et al. (2018), eq. 16–17, arXiv:1802.05957
 */
const hinge: GanLoss = {
  discriminator: ({ real, fake }) => add(everything(relu(sub(1, real))), everything(relu(add(fake, 1)))),
  generator: (fake) => neg(everything(fake)),
};

/**
 * L_D = mean f − mean r, L_G = −mean f; the gradient penalty on D is added where the batches are. Labels do not enter.
 * @see Arjovsky et al. (2017), arXiv:1701.07875; Gulrajani et al. (2017), eq. 3, arXiv:1704.00028
 */
const wasserstein: GanLoss = {
  discriminator: ({ real, fake }) => sub(everything(fake), everything(real)),
  generator: (fake) => neg(everything(fake)),
};

/**
 * L_D = −[.95 · mean log σ(r) + mean log(1 − σ(f))], L_G = −mean log σ(f). The .95 multiplies one term; it is no label
 * smoothing, and labels do not enter. @see the published code of GAN Lab (Kahng et al., 2019)
 */
const ganLabLog: GanLoss = {
  discriminator: ({ real, fake }) => add(mul(everything(softplus(neg(real))), 0.95), everything(softplus(fake))),
  generator: (fake) => everything(softplus(neg(fake))),
};

/** Values of a plugin's own fields: numbers as symbolic scalars, choices as they are. */
export type LossFields = Readonly<Record<string, Sym | PluginValue>>;

const added = new Map<string, (fields: LossFields) => GanLoss>();

/** Makes an objective known in this process beside ours. */
export function addLoss(name: PluginName, loss: (fields: LossFields) => GanLoss): void {
  added.set(name, loss);
}

/** Objectives by name; models of the plane score least squares on probabilities. @param fields of one from a plugin. */
export function lossNamed(name: LossName, model: ModelName, fields: LossFields = {}): GanLoss {
  const losses = {
    'non-saturating': nonSaturating,
    saturating,
    'least-squares': leastSquares(factsOf(model).learns === 'points' ? sigmoid : (logits) => logits),
    hinge,
    'wgan-gp': wasserstein,
    'gan-lab-log': ganLabLog,
  } as const satisfies Record<Exclude<LossName, PluginName>, GanLoss>;
  const loss = isPluginName(name) ? added.get(name)?.(fields) : losses[name];
  if (loss === undefined) throw new Error(`no loss is called ${name}`);
  return loss;
}
