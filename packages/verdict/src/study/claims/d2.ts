import { type Judge, shown } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';

/** Every run of the hundred has ended with a result. */
const allEnded: Judge = (runs) => {
  const ended = runs.filter(({ state }) => state === 'succeeded' || state === 'diverged').length;
  return {
    verdict:
      runs.length === 0 ? 'undecided' : runs.length >= 100 && ended === runs.length ? 'supported' : 'contradicted',
    sentence: `${shown(ended)} of ${shown(runs.length)} runs ended with a result`,
    effect: runs.length === 0 ? null : ended / runs.length,
    low: null,
    high: null,
    n: runs.length,
  };
};

export const D2: SmallClaim = {
  id: 'D2',
  source: 'internship report',
  claim: 'lrG from 5e-5 to 5e-3 in steps of 5e-5, 100 models, are too many by hand',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['js'] },
  note: 'One seed each: what is tried is the service.',
  parts: [{ name: 'a service trains them all', judge: allEnded }],
};
