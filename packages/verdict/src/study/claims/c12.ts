import { atMost } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';

export const C12: SmallClaim = {
  id: 'C12',
  source: 'Zappos study',
  claim: 'GANs work with a small set of real images',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet', 'recall-lenet'] },
  parts: [
    {
      name: '300 images are as good as all',
      judge: atMost({ of: last('kid-lenet'), in: { subset: 300 }, than: { subset: 0 } }),
    },
    {
      name: '1,000 images are as good as all',
      judge: atMost({ of: last('kid-lenet'), in: { subset: 1000 }, than: { subset: 0 } }),
    },
    {
      name: '10,000 images are as good as all',
      judge: atMost({ of: last('kid-lenet'), in: { subset: 10000 }, than: { subset: 0 } }),
    },
  ],
};
