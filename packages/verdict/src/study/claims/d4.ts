import { correlated } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { LATE, last, mean } from '../measures.ts';

export const D4: SmallClaim = {
  id: 'D4',
  source: 'internship report',
  claim: 'the loss of G cannot measure quality',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet'], curves: ['lossG'] },
  parts: [
    {
      name: 'the last L_G and the quality of images are hardly related',
      judge: correlated({ of: [mean('lossG', LATE), last('kid-lenet')], limit: 0.3, side: 'below' }),
    },
  ],
};
