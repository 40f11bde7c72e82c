import { alike, more } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { imagesTo, last } from '../measures.ts';

import { learnedJs } from './plane-laws.ts';

const plane = (nz: number) => ({ dataset: 'grid25', nz });
const digits = (nz: number) => ({ dataset: 'mnist', nz });

export const A4: SmallClaim = {
  id: 'A4',
  source: 'GAN Lab lab',
  claim: 'nz of 10–20 limits diversity, 50–100 covers well, 200 or more gains nothing and learns harder',
  scale: 'cpu-small',
  profile: 'quick',
  reads: { scores: ['js', 'modes', 'kid-lenet', 'coverage-lenet', 'recall-lenet'] },
  parts: [
    {
      name: 'grid25: 50 numbers find more modes than 10',
      judge: more({ of: last('modes'), in: plane(50), than: plane(10) }),
    },
    {
      name: 'grid25: 200 find as many modes as 100',
      judge: alike({ of: last('modes'), in: plane(200), than: plane(100) }),
    },
    {
      name: 'grid25: 200 learn more slowly than 100',
      judge: (runs) =>
        more({ of: imagesTo('js', learnedJs(runs, plane(100))), in: plane(200), than: plane(100) })(runs),
    },
    {
      name: 'mnist: 50 numbers cover more than 10',
      judge: more({ of: last('coverage-lenet'), in: digits(50), than: digits(10) }),
    },
    {
      name: 'mnist: 200 cover as much as 100',
      judge: alike({ of: last('coverage-lenet'), in: digits(200), than: digits(100) }),
    },
    {
      name: 'mnist: 200 learn worse than 100 in the same budget',
      judge: more({ of: last('kid-lenet'), in: digits(200), than: digits(100) }),
    },
  ],
};
