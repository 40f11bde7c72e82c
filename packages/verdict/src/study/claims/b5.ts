import { atMost, less } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';
import { BOTH_HIGH, ONLY_D, ONLY_G } from './rate-grid.ts';

export const B5: SmallClaim = {
  id: 'B5',
  source: 'DCGAN lab',
  claim: 'best when learning rates are equal: both 1e-3, then D only, then G only',
  scale: 'cpu-small',
  profile: 'quick',
  reads: { scores: ['kid-lenet', 'precision-lenet', 'recall-lenet'] },
  parts: [
    {
      name: 'both 1e-3 are no worse than D only',
      judge: atMost({ of: last('kid-lenet'), in: BOTH_HIGH, than: ONLY_D }),
    },
    { name: 'D only is better than G only', judge: less({ of: last('kid-lenet'), in: ONLY_D, than: ONLY_G }) },
  ],
};
