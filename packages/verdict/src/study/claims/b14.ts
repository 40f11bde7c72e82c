import { correlated } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { LATE, last, mean } from '../measures.ts';

export const B14: SmallClaim = {
  id: 'B14',
  source: 'DCGAN lab',
  claim: 'losses do not tell quality',
  scale: 'cpu-small',
  profile: 'quick',
  reads: { scores: ['kid-lenet'], curves: ['lossG'] },
  parts: [
    {
      name: 'the last L_G and the quality of images are hardly related',
      judge: correlated({ of: [mean('lossG', LATE), last('kid-lenet')], limit: 0.3, side: 'below' }),
    },
  ],
};
