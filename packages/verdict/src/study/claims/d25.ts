import { atLeast, less, more } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { deviation, last, scoreAt } from '../measures.ts';

export const D25: SmallClaim = {
  id: 'D25',
  source: 'internship report',
  claim: 'instance noise .05–.2: slightly stabler curves, slower, no better images',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet'], curves: ['lossG'] },
  parts: [
    {
      name: 'L_G is steadier with .1',
      judge: less({ of: deviation('lossG'), in: { instanceNoise: 0.1 }, than: { instanceNoise: 0 } }),
    },
    {
      name: 'images are no better with .1',
      judge: atLeast({ of: last('kid-lenet'), in: { instanceNoise: 0.1 }, than: { instanceNoise: 0 } }),
    },
    {
      name: 'half way they are worse with .2',
      judge: more({ of: scoreAt('kid-lenet', 0.5), in: { instanceNoise: 0.2 }, than: { instanceNoise: 0 } }),
    },
  ],
};
