import { alike, atMost, more } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { deviation, last } from '../measures.ts';

export const D23: SmallClaim = {
  id: 'D23',
  source: 'internship report',
  claim: 'beta2 too low is unstable; beta1 minor; .5 and .999 best',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet'], curves: ['lossG'] },
  parts: [
    {
      name: 'L_G is less steady with beta2 .8 than with .999',
      judge: more({ of: deviation('lossG'), in: { beta1: 0.5, beta2: 0.8 }, than: { beta1: 0.5, beta2: 0.999 } }),
    },
    {
      name: 'beta1 .3 and .7 are like .5',
      judge: alike({ of: last('kid-lenet'), in: { beta1: 0.7, beta2: 0.999 }, than: { beta1: 0.3, beta2: 0.999 } }),
    },
    {
      name: '.5 and .999 are no worse than .9 and .999',
      judge: atMost({ of: last('kid-lenet'), in: { beta1: 0.5, beta2: 0.999 }, than: { beta1: 0.9, beta2: 0.999 } }),
    },
  ],
};
