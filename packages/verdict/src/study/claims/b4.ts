import { less, shows } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';
import { ONLY_D, ONLY_G } from './rate-grid.ts';

export const B4: SmallClaim = {
  id: 'B4',
  source: 'DCGAN lab',
  claim: 'lr 1e-3 for D only: works, but D is too good',
  scale: 'cpu-small',
  profile: 'quick',
  reads: { scores: ['kid-lenet'], curves: ['lossD', 'lossG'] },
  parts: [
    {
      name: 'its images are better than with 1e-3 for G only',
      judge: less({ of: last('kid-lenet'), in: ONLY_D, than: ONLY_G }),
    },
    { name: 'D dominates', judge: shows({ finding: 'd-dominance', in: ONLY_D }) },
  ],
};
