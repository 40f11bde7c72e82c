import { less, more } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { EARLY, last, mean } from '../measures.ts';

export const B17: SmallClaim = {
  id: 'B17',
  source: 'DCGAN lab',
  claim: 'the saturating loss of G saturates its gradients',
  scale: 'cpu-small',
  profile: 'quick',
  reads: { scores: ['kid-lenet'], curves: ['gradNormG', 'dFake'] },
  parts: [
    {
      name: 'the gradient of G is smaller early in training',
      judge: less({ of: mean('gradNormG', EARLY), in: { loss: 'saturating' }, than: { loss: 'non-saturating' } }),
    },
    {
      name: 'images are worse at the same budget',
      judge: more({ of: last('kid-lenet'), in: { loss: 'saturating' }, than: { loss: 'non-saturating' } }),
    },
  ],
};
