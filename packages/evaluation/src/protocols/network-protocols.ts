import { EVALUATION_SEED, type NetworkProtocol } from '@gansweep/domain';
import { answersOf, summaryOf } from '../panels/d-response.ts';
import type { PanelSubject } from '../panels/panel-subject.ts';
import type { Measurement } from './measurement.ts';

/** Fakes at which the gradient of D is looked at. */
const GRADIENTS = 2_000;

/** What D says of held-out reals and of fakes, and how steep it is at these. */
export const NETWORK_MEASURES: Readonly<Record<NetworkProtocol, (subject: PanelSubject) => Promise<Measurement>>> = {
  'd-response/v1': async (subject) => {
    const { count, reals, made } = await answersOf(subject);
    return {
      ...SEEN,
      scores: { ...named('d-real', summaryOf(reals)), ...named('d-fake', summaryOf(made)) },
      real: { split: 'held-out', n: count, seed: EVALUATION_SEED },
      fakes: count,
      estimator: { answer: 'σ(D)', variation: 'standard deviation / mean', divisor: 'n' },
    };
  },
  'd-gradient/v1': async (subject) => {
    const pull = await subject.pull(await subject.generate({ z: subject.noise(GRADIENTS) }));
    let total = 0;
    for (let i = 0; i < pull.length; i += 2) total += Math.hypot(pull[i] as number, pull[i + 1] as number);
    return {
      ...SEEN,
      scores: { 'd-gradient': total / GRADIENTS },
      real: { split: 'none', n: 0, seed: 0 },
      fakes: GRADIENTS,
      estimator: { of: 'σ(D)', norm: 'Euclidean', mean: 'over fakes' },
    };
  },
};

const SEEN = { extractor: null, preprocessing: { space: 'as D sees them' }, uncertainty: null } as const;

function named(name: string, { mean, least, most, variation }: ReturnType<typeof summaryOf>): Record<string, number> {
  return {
    [name]: mean,
    [`${name}-least`]: least,
    [`${name}-most`]: most,
    ...(variation === null ? {} : { [`${name}-variation`]: variation }),
  };
}
