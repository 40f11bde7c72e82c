import { shows } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';

export const A6: SmallClaim = {
  id: 'A6',
  source: 'GAN Lab lab',
  claim: 'oscillation and mode collapse can be seen in two dimensions',
  scale: 'cpu-small',
  profile: 'quick',
  reads: { scores: ['js', 'modes'] },
  parts: [
    { name: 'oscillation is seen with lrG 1e-2', judge: shows({ finding: 'oscillation', in: { lrG: 1e-2 } }) },
    { name: 'collapse is seen with lrG 1e-2', judge: shows({ finding: 'collapse', in: { lrG: 1e-2 } }) },
  ],
};
