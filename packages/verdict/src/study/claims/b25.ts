import { less } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { taken } from '../measures.ts';

export const B25: SmallClaim = {
  id: 'B25',
  source: 'DCGAN lab',
  claim: 'dropping convolutions reduces the parameters and makes the cGAN fast',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet'], measures: ['seconds'] },
  note: 'Published shapes: 3.62 M parameters against 5.72 M, which is arithmetic. Seconds are those of runs on a machine that may do other work.',
  parts: [
    {
      name: 'it takes less time for as many images',
      judge: less({ of: taken('seconds'), in: { model: 'cgan' }, than: { model: 'cdcgan' } }),
    },
  ],
};
