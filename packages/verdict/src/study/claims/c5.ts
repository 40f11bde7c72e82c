import { less } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';

export const C5: SmallClaim = {
  id: 'C5',
  source: 'Zappos study',
  claim: 'input scaling, then one-sided smoothing, help',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet'] },
  parts: [
    {
      name: 'scaling helps',
      judge: less({
        of: last('kid-lenet'),
        in: { normalizeInput: true, realLabel: 1 },
        than: { normalizeInput: false, realLabel: 1 },
      }),
    },
    {
      name: 'smoothing helps then',
      judge: less({
        of: last('kid-lenet'),
        in: { normalizeInput: true, realLabel: 0.9 },
        than: { normalizeInput: true, realLabel: 1 },
      }),
    },
  ],
};
