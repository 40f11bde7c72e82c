import { less, shows } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';

export const D26: SmallClaim = {
  id: 'D26',
  source: 'internship report',
  claim: 'batch 8 collapses, smaller batches give better images',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet'] },
  parts: [
    { name: 'a batch of 8 collapses', judge: shows({ finding: 'collapse', in: { batch: 8 } }) },
    { name: '16 is better than 64', judge: less({ of: last('kid-lenet'), in: { batch: 16 }, than: { batch: 64 } }) },
  ],
};
