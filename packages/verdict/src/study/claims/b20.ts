import { atMost, beyond, shows } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last, slope } from '../measures.ts';

export const B20: SmallClaim = {
  id: 'B20',
  source: 'DCGAN lab',
  claim: 'cDCGAN with higher lr: L_G rises at the end, L_D → 0, nothing gained',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['conditional-lenet', 'kid-lenet'], curves: ['lossD', 'lossG'] },
  parts: [
    { name: 'D dominates', judge: shows({ finding: 'd-dominance', in: { lrG: 1e-3 } }) },
    {
      name: 'L_G rises at the end',
      judge: beyond({ of: slope('lossG', { from: 0.5, to: 1 }), in: { lrG: 1e-3 }, limit: 0, side: 'above' }),
    },
    {
      name: 'no more digits obey y',
      judge: atMost({ of: last('conditional-lenet'), in: { lrG: 1e-3 }, than: { lrG: 2e-4 } }),
    },
  ],
};
