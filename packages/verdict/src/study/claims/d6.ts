import { less, shows } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';

export const D6: SmallClaim = {
  id: 'D6',
  source: 'internship report',
  claim: 'mode collapse: few, incoherent images',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet', 'coverage-lenet'] },
  parts: [
    {
      name: 'collapse is seen where the rate of G is far too high',
      judge: shows({ finding: 'collapse', in: { lrG: 2e-2 } }),
    },
    {
      name: 'and less is covered there',
      judge: less({ of: last('coverage-lenet'), in: { lrG: 2e-2 }, than: { lrG: 1e-3 } }),
    },
  ],
};
