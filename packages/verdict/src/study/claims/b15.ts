import type { SmallClaim } from '../claim.ts';
import { varies } from './variance-share.ts';

export const B15: SmallClaim = {
  id: 'B15',
  source: 'DCGAN lab',
  claim: 'momentum low, nz minor, balance of D and G essential, resolution the only real lever',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet'] },
  note: 'Resolution is not varied.',
  parts: [
    { name: 'the ratio of learning rates matters more than nz', judge: varies('kid-lenet', ['lrG', 'lrD'], ['nz']) },
    { name: 'the ratio of updates matters more than nz', judge: varies('kid-lenet', ['dSteps', 'gSteps'], ['nz']) },
    { name: 'beta1 matters more than nz', judge: varies('kid-lenet', ['beta1'], ['nz']) },
  ],
};
