import type { DocumentedClaim, UnreachableClaim } from '../claim.ts';

/** Claims that documents, or a test of the code, answer. */
export const DOCUMENTED: readonly DocumentedClaim[] = [
  {
    id: 'C8',
    source: 'Zappos study',
    claim: 'StyleGAN2 accepts only 256 or 1024 px',
    scale: 'no-run',
    verdict: 'contradicted',
    reason: 'its published configurations are of 32 (CIFAR), 128, 256, 512 and 1024 px',
  },
  {
    id: 'C14',
    source: 'Zappos study',
    claim: 'what StyleGAN2 makes is identical in quality to its input',
    scale: 'no-run',
    verdict: 'contradicted',
    reason: 'the study’s own precision of .467 and recall of .141',
  },
  {
    id: 'C15',
    source: 'Zappos study',
    claim: 'ADA shows D only augmented images',
    scale: 'no-run',
    verdict: 'supported',
    reason:
      'packages/gan/src/augmentation/augmentation.test.ts: reals, fakes, what G is judged by and what R1 looks at are all augmented',
  },
];

export const UNREACHABLE: readonly UnreachableClaim[] = [
  {
    id: 'C7',
    source: 'Zappos study',
    claim: 'StyleGAN2-ADA at 256 px: FID 11.7739, precision .46748, recall .14141 after 270 epochs',
    scale: 'out-of-reach',
    reason: 'out of reach: its sneakers cannot be had, and it takes a day of a V100',
  },
];
