import { extreme, ordered } from '../answers.ts';
import type { ClaimPart, SmallClaim } from '../claim.ts';
import { deviation, imagesTo, last } from '../measures.ts';
import { LAWS, learnedJs } from './plane-laws.ts';

const RATES = [1e-4, 1e-3, 1e-2];

export const A1: SmallClaim = {
  id: 'A1',
  source: 'GAN Lab lab',
  claim: 'lrG 1e-4 is very slow, 1e-3 balanced, 1e-2 fast but unstable, with possible collapse',
  scale: 'cpu-small',
  profile: 'quick',
  reads: { scores: ['js', 'modes'] },
  parts: LAWS.flatMap(({ dataset, modes }): readonly ClaimPart[] => {
    const cells = RATES.map((lrG) => ({ dataset, lrG }));
    const [, balanced, fast] = cells as [(typeof cells)[0], (typeof cells)[0], (typeof cells)[0]];
    return [
      {
        name: `${dataset}: time to a learned js falls with lrG`,
        judge: (runs) => ordered({ of: imagesTo('js', learnedJs(runs, balanced)), cells, direction: 'falling' })(runs),
      },
      {
        name: `${dataset}: js is least steady at the end with 1e-2`,
        judge: extreme({ of: deviation('js'), in: fast, among: cells, end: 'most' }),
      },
      ...(modes === null
        ? []
        : [
            {
              name: `${dataset}: most modes are lost with 1e-2`,
              judge: extreme({ of: last('modes'), in: fast, among: cells, end: 'least' }),
            },
          ]),
    ];
  }),
};
