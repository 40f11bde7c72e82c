import { less, more } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { deviation, last } from '../measures.ts';

export const B13: SmallClaim = {
  id: 'B13',
  source: 'DCGAN lab',
  claim: 'one class fools from afar only; D fails heavily now and then',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet', 'precision-lenet', 'coverage-lenet'], curves: ['lossD'] },
  note: 'Digits stand for birds.',
  parts: [
    {
      name: 'images of one class cover less of it',
      judge: less({ of: last('coverage-lenet'), in: { classes: '3' }, than: { classes: 'all' } }),
    },
    {
      name: 'L_D is less steady',
      judge: more({ of: deviation('lossD', { from: 0.5, to: 1 }), in: { classes: '3' }, than: { classes: 'all' } }),
    },
  ],
};
