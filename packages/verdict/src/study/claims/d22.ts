import { alike } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';

export const D22: SmallClaim = {
  id: 'D22',
  source: 'internship report',
  claim: 'nz 50, 100, 150, 200: no effect',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet'] },
  parts: [
    { name: '50 is like 100', judge: alike({ of: last('kid-lenet'), in: { nz: 50 }, than: { nz: 100 } }) },
    { name: '150 is like 100', judge: alike({ of: last('kid-lenet'), in: { nz: 150 }, than: { nz: 100 } }) },
    { name: '200 is like 100', judge: alike({ of: last('kid-lenet'), in: { nz: 200 }, than: { nz: 100 } }) },
  ],
};
