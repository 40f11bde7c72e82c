import { alike, extreme, more } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last, scoreAt } from '../measures.ts';

const SLOPES = [1e-6, 0.01, 0.1, 0.5, 1].map((leak) => ({ leak }));

export const D28: SmallClaim = {
  id: 'D28',
  source: 'internship report',
  claim: 'leak 1 prevents training, .5 slows it, up to .1 similar',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet'] },
  parts: [
    { name: '1 is the worst', judge: extreme({ of: last('kid-lenet'), in: { leak: 1 }, among: SLOPES, end: 'most' }) },
    {
      name: '.5 is worse than .1 half way',
      judge: more({ of: scoreAt('kid-lenet', 0.5), in: { leak: 0.5 }, than: { leak: 0.1 } }),
    },
    { name: '.01 is like .1', judge: alike({ of: last('kid-lenet'), in: { leak: 0.01 }, than: { leak: 0.1 } }) },
  ],
};
