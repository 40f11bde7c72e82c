import { beyond, less } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { scoreAt, taken } from '../measures.ts';

export const B18: SmallClaim = {
  id: 'B18',
  source: 'DCGAN lab',
  claim: 'cDCGAN: digits that obey y at 100 iterations, frozen after 4,200; repeatable; stabler than DCGAN on faces',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['conditional-lenet'], measures: ['grid-change'] },
  parts: [
    {
      name: 'nine of ten digits obey y at 100 iterations',
      judge: beyond({ of: scoreAt('conditional-lenet', 0.05), in: { lrSchedule: 'none' }, limit: 0.9, side: 'above' }),
    },
    {
      name: 'samples move less at the end with the schedule than without',
      judge: less({
        of: taken('grid-change', 'change of pixels between the last two grids'),
        in: { lrSchedule: 'step' },
        than: { lrSchedule: 'none' },
      }),
    },
    {
      name: 'they are frozen without the schedule, too',
      judge: beyond({
        of: taken('grid-change', 'change of pixels between the last two grids'),
        in: { lrSchedule: 'none' },
        limit: 0.02,
        side: 'below',
      }),
    },
  ],
};
