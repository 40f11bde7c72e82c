import { less, more } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { imagesToFinding, last, mean } from '../measures.ts';
import { BOTH_HIGH, BOTH_LOW } from './rate-grid.ts';

export const B2: SmallClaim = {
  id: 'B2',
  source: 'DCGAN lab',
  claim:
    'lr 1e-3 for both: smoother and more realistic, stabler losses, lower L_G, higher L_D, [3] twice as late, slightly less diverse',
  scale: 'cpu-small',
  profile: 'quick',
  reads: { scores: ['kid-lenet', 'recall-lenet', 'contrast'], curves: ['lossD', 'lossG'] },
  note: 'The part of the losses, on grey digits; colours need faces and a GPU (sweeps/seeds/lab-dcgan.yaml).',
  parts: [
    { name: 'L_G is lower', judge: less({ of: mean('lossG'), in: BOTH_HIGH, than: BOTH_LOW }) },
    { name: 'L_D is higher', judge: more({ of: mean('lossD'), in: BOTH_HIGH, than: BOTH_LOW }) },
    {
      name: 'phase [3] comes later',
      judge: more({ of: imagesToFinding('loss-phase-3'), in: BOTH_HIGH, than: BOTH_LOW }),
    },
    { name: 'images are better', judge: less({ of: last('kid-lenet'), in: BOTH_HIGH, than: BOTH_LOW }) },
    { name: 'recall drops', judge: less({ of: last('recall-lenet'), in: BOTH_HIGH, than: BOTH_LOW }) },
  ],
};
