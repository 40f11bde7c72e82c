import { summarise } from '../../summarise.ts';
import { alike, less, runsIn } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { imagesTo, last } from '../measures.ts';
import type { StudyRun } from '../study-record.ts';

/** The mean last score of the worse of the two: both come to it. */
const worst = (runs: readonly StudyRun[]): number =>
  Math.max(
    ...['adam', 'sgd'].map(
      (optimizer) => summarise(runsIn(runs, { optimizer }).flatMap((run) => last('kid-lenet').of(run) ?? [])).mean ?? 0,
    ),
  );

export const D1: SmallClaim = {
  id: 'D1',
  source: 'internship report',
  claim: 'SGD instead of Adam: no change of quality, Adam faster',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet'] },
  parts: [
    {
      name: 'Adam is faster to the best that SGD comes to',
      judge: (runs) =>
        less({ of: imagesTo('kid-lenet', worst(runs)), in: { optimizer: 'adam' }, than: { optimizer: 'sgd' } })(runs),
    },
    {
      name: 'images are alike in the end',
      judge: alike({ of: last('kid-lenet'), in: { optimizer: 'sgd' }, than: { optimizer: 'adam' } }),
    },
  ],
};
