import { beyond, less } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { LATE, last, mean } from '../measures.ts';

export const C4: SmallClaim = {
  id: 'C4',
  source: 'Zappos study',
  claim: 'labels of .9 preferred because L_G ends near 4',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet'], curves: ['lossG'] },
  parts: [
    {
      name: 'images are better with .9',
      judge: less({ of: last('kid-lenet'), in: { realLabel: 0.9 }, than: { realLabel: 1 } }),
    },
    {
      name: 'L_G ends above 3 with .9',
      judge: beyond({ of: mean('lossG', LATE), in: { realLabel: 0.9 }, limit: 3, side: 'above' }),
    },
  ],
};
