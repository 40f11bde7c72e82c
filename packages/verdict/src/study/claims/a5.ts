import { atLeast, less } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';

export const A5: SmallClaim = {
  id: 'A5',
  source: 'GAN Lab lab',
  claim: 'Gaussian noise suits interpolation better than uniform noise',
  scale: 'cpu-small',
  profile: 'quick',
  reads: { scores: ['kid-lenet', 'precision-lenet', 'ppl-random', 'ppl-pixels'] },
  note: 'Path length stands for interpolation; the precision of midpoints is not measured.',
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
      name: 'and its images are no less precise',
      judge: atLeast({ of: last('precision-lenet'), in: { noise: 'gaussian' }, than: { noise: 'uniform' } }),
    },
  ],
};
