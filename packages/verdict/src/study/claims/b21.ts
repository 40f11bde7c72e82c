import { beyond } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';

export const B21: SmallClaim = {
  id: 'B21',
  source: 'DCGAN lab',
  claim: 'without y in D, G need not obey it',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['conditional-lenet', 'kid-lenet'], curves: ['lossD', 'lossG'] },
  parts: [
    {
      name: 'digits obey y by chance alone',
      judge: beyond({ of: last('conditional-lenet'), in: { conditionD: false }, limit: 0.2, side: 'below' }),
    },
    {
      name: 'and do where D is told',
      judge: beyond({ of: last('conditional-lenet'), in: { conditionD: true }, limit: 0.5, side: 'above' }),
    },
  ],
};
