import { atLeast, less } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';

const BOTH = { dSteps: 1, gSteps: 1 };
const ONLY_D = { dSteps: 1, gSteps: 0 };
const ONLY_G = { dSteps: 0, gSteps: 1 };

export const B16: SmallClaim = {
  id: 'B16',
  source: 'DCGAN lab',
  claim: 'updating only one of the two networks gives bad generation',
  scale: 'cpu-small',
  profile: 'quick',
  reads: { scores: ['kid-lenet', 'precision-lenet'] },
  note: 'A G that is never updated scores as its initialisation does.',
  parts: [
    {
      name: 'updating G alone does not improve on the initialisation',
      judge: atLeast({ of: last('kid-lenet'), in: ONLY_G, than: ONLY_D }),
    },
    { name: 'updating both is better than D alone', judge: less({ of: last('kid-lenet'), in: BOTH, than: ONLY_D }) },
    { name: 'updating both is better than G alone', judge: less({ of: last('kid-lenet'), in: BOTH, than: ONLY_G }) },
  ],
};
