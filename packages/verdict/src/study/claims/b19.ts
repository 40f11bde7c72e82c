import { less } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';

export const B19: SmallClaim = {
  id: 'B19',
  source: 'DCGAN lab',
  claim: 'cDCGAN with higher momentum is incoherent',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['conditional-lenet', 'kid-lenet'], curves: ['lossD', 'lossG'] },
  parts: [
    {
      name: 'fewer digits obey y with .9',
      judge: less({ of: last('conditional-lenet'), in: { beta1: 0.9 }, than: { beta1: 0.5 } }),
    },
  ],
};
