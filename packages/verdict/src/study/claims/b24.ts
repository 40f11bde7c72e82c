import { either, less } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';

export const B24: SmallClaim = {
  id: 'B24',
  source: 'DCGAN lab',
  claim: 'cited: train D more often than G',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet'] },
  parts: [
    {
      name: '2 or 3 updates of D are better than 1',
      judge: either(
        less({ of: last('kid-lenet'), in: { dSteps: 2, gSteps: 1 }, than: { dSteps: 1, gSteps: 1 } }),
        less({ of: last('kid-lenet'), in: { dSteps: 3, gSteps: 1 }, than: { dSteps: 1, gSteps: 1 } }),
      ),
    },
    {
      name: '2 of D are better than 2 of G',
      judge: less({ of: last('kid-lenet'), in: { dSteps: 2, gSteps: 1 }, than: { dSteps: 1, gSteps: 2 } }),
    },
  ],
};
