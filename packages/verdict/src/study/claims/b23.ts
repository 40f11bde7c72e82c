import { more } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';

export const B23: SmallClaim = {
  id: 'B23',
  source: 'DCGAN lab',
  claim: 'convolution is needed for spatial coherence',
  scale: 'cpu-small',
  profile: 'full',
  reads: {
    scores: ['conditional-lenet', 'kid-lenet', 'isolated-pixels', 'total-variation'],
    curves: ['lossD', 'lossG'],
  },
  parts: [
    {
      name: 'more pixels are isolated',
      judge: more({ of: last('isolated-pixels'), in: { model: 'cgan' }, than: { model: 'cdcgan' } }),
    },
    {
      name: 'neighbours differ more',
      judge: more({ of: last('total-variation'), in: { model: 'cgan' }, than: { model: 'cdcgan' } }),
    },
  ],
};
