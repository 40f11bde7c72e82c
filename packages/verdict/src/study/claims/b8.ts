import { beyond, less, more } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { autocorrelation, LATE, last, mean, slope } from '../measures.ts';

export const B8: SmallClaim = {
  id: 'B8',
  source: 'DCGAN lab',
  claim: 'beta1 .9: later faces, no gain, colours oscillate, L_G explodes, L_D ≈ 0; low momentum is mandatory',
  scale: 'cpu-small',
  profile: 'quick',
  reads: { scores: ['kid-lenet', 'mean-red'], curves: ['lossD', 'lossG'] },
  note: 'Digits are grey: their mean brightness stands for the mean colour.',
  parts: [
    {
      name: 'L_D ends below .1 with .9',
      judge: beyond({ of: mean('lossD', LATE), in: { beta1: 0.9 }, limit: 0.1, side: 'below' }),
    },
    {
      name: 'L_G rises at the end with .9',
      judge: beyond({ of: slope('lossG', { from: 0.5, to: 1 }), in: { beta1: 0.9 }, limit: 0, side: 'above' }),
    },
    {
      name: 'brightness swings more from one evaluation to the next with .9 than with .5',
      judge: less({ of: autocorrelation('mean-red'), in: { beta1: 0.9 }, than: { beta1: 0.5 } }),
    },
    {
      name: 'images are worse with .9 than with .5',
      judge: more({ of: last('kid-lenet'), in: { beta1: 0.9 }, than: { beta1: 0.5 } }),
    },
  ],
};
