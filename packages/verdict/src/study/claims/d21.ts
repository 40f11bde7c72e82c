import { less } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { deviation, last } from '../measures.ts';

export const D21: SmallClaim = {
  id: 'D21',
  source: 'internship report',
  claim: 'BN eps .5 speeds up and stabilises DCGAN',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet'], curves: ['lossG'] },
  note: 'DCGAN alone; the auto-encoder is not varied.',
  parts: [
    {
      name: 'images are better with .5 in the same budget',
      judge: less({ of: last('kid-lenet'), in: { bnEps: 0.5 }, than: { bnEps: 1e-5 } }),
    },
    {
      name: 'L_G is steadier with .5',
      judge: less({ of: deviation('lossG'), in: { bnEps: 0.5 }, than: { bnEps: 1e-5 } }),
    },
  ],
};
