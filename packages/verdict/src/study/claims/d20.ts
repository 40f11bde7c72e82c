import { extreme } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';

const PAIRS = [1e-3, 5e-4, 1e-4].flatMap((lrG) => [1e-4, 5e-5, 1e-5].map((lrD) => ({ lrG, lrD })));

export const D20: SmallClaim = {
  id: 'D20',
  source: 'internship report',
  claim: 'too high lrG stops D; lrD = lrG / 10 best (5e-4, 5e-5)',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet'] },
  parts: [
    {
      name: '5e-4 and 5e-5 are the best of nine',
      judge: extreme({ of: last('kid-lenet'), in: { lrG: 5e-4, lrD: 5e-5 }, among: PAIRS, end: 'least' }),
    },
  ],
};
