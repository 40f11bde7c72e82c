import { atLeast } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';

export const C2: SmallClaim = {
  id: 'C2',
  source: 'Zappos study',
  claim: 'batch 94 and lr 2e-3 are not worth keeping',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet'] },
  parts: [
    {
      name: 'a batch of 94 is no better',
      judge: atLeast({ of: last('kid-lenet'), in: { batch: 94, lrG: 2e-4 }, than: { batch: 64, lrG: 2e-4 } }),
    },
    {
      name: 'a learning rate of 2e-3 is no better',
      judge: atLeast({ of: last('kid-lenet'), in: { batch: 64, lrG: 2e-3 }, than: { batch: 64, lrG: 2e-4 } }),
    },
  ],
};
