import { either, extreme, holds, shows } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';
import { ONLY_G, PAIRS } from './rate-grid.ts';

export const B3: SmallClaim = {
  id: 'B3',
  source: 'DCGAN lab',
  claim: 'lr 1e-3 for G only: no faces, losses explode',
  scale: 'cpu-small',
  profile: 'quick',
  reads: { scores: ['kid-lenet'], curves: ['lossG'] },
  parts: [
    {
      name: 'the loss of G explodes, or the run diverges',
      judge: either(
        shows({ finding: 'g-explosion', in: ONLY_G }),
        holds('diverged', ONLY_G, ({ state }) => state === 'diverged'),
      ),
    },
    {
      name: 'its images are the worst of the four',
      judge: extreme({ of: last('kid-lenet'), in: ONLY_G, among: PAIRS, end: 'most' }),
    },
  ],
};
