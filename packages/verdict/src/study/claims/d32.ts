import { less } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';

export const D32: SmallClaim = {
  id: 'D32',
  source: 'internship report',
  claim: 'nearest and a convolution avoid the artefacts of transposed convolution',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet', 'checkerboard'] },
  parts: [
    {
      name: 'less of a checkerboard',
      judge: less({ of: last('checkerboard'), in: { upsample: 'nearest' }, than: { upsample: 'convT' } }),
    },
  ],
};
