import { beyond } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { taken } from '../measures.ts';

export const A7: SmallClaim = {
  id: 'A7',
  source: 'GAN Lab lab',
  claim: 'a second inference runs out of memory; one process each, smaller sizes or more memory mend it',
  scale: 'cpu-small',
  profile: 'quick',
  reads: { scores: ['kid-random'], measures: ['sampling-memory-growth'] },
  pictured: false,
  note: 'Tried with generators of this size in one process: were each inference to keep what it took, memory would grow from 2,000 images to 6,000. That a step which would not fit is refused before it is allocated is held by apps/worker/test/within-memory.test.ts; StyleGAN3 at 1024 px is out of reach, its weights are not to be had.',
  parts: [32, 64, 128].map((resolution) => ({
    name: `${resolution} px: memory after 6,000 images is a tenth and more above that after 2,000`,
    judge: beyond({
      of: taken('sampling-memory-growth', 'resident memory after 6,000 / after 2,000 images'),
      in: { resolution },
      limit: 1.1,
      side: 'above',
    }),
  })),
};
