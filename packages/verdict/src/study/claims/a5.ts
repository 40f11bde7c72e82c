import { atLeast, less, more } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';

export const A5: SmallClaim = {
  id: 'A5',
  source: 'GAN Lab lab',
  claim: 'Gaussian noise suits interpolation better than uniform noise',
  scale: 'cpu-small',
  profile: 'quick',
  reads: {
    scores: [
      'kid-lenet',
      'precision-lenet',
      'precision-lerp-lenet',
      'precision-slerp-lenet',
      'ppl-random',
      'ppl-pixels',
    ],
  },
  parts: [
    {
      name: 'a step between latents moves pixels less with Gaussian noise',
      judge: less({ of: last('ppl-pixels'), in: { noise: 'gaussian' }, than: { noise: 'uniform' } }),
    },
    {
      name: 'a step between latents moves features less with Gaussian noise',
      judge: less({ of: last('ppl-random'), in: { noise: 'gaussian' }, than: { noise: 'uniform' } }),
    },
    {
      name: 'halfway on the straight line, images are more precise with Gaussian noise',
      judge: more({ of: last('precision-lerp-lenet'), in: { noise: 'gaussian' }, than: { noise: 'uniform' } }),
    },
    {
      name: 'halfway on the great circle, images are more precise with Gaussian noise',
      judge: more({ of: last('precision-slerp-lenet'), in: { noise: 'gaussian' }, than: { noise: 'uniform' } }),
    },
    {
      name: 'and its images are no less precise',
      judge: atLeast({ of: last('precision-lenet'), in: { noise: 'gaussian' }, than: { noise: 'uniform' } }),
    },
  ],
};
