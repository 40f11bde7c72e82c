import { extreme, shows } from '../answers.ts';
import type { ClaimPart, SmallClaim } from '../claim.ts';
import { last, taken } from '../measures.ts';
import { LAWS } from './plane-laws.ts';

const RATES = [1e-4, 1e-3, 1e-2];

export const A2: SmallClaim = {
  id: 'A2',
  source: 'GAN Lab lab',
  claim: 'lrD 1e-4 is too slow, 1e-3 balanced, 1e-2 blocks G',
  scale: 'cpu-small',
  profile: 'quick',
  reads: { scores: ['js'], measures: ['gradient-at-fakes'] },
  parts: LAWS.flatMap(({ dataset }): readonly ClaimPart[] => {
    const cells = RATES.map((lrD) => ({ dataset, lrD }));
    const fast = { dataset, lrD: 1e-2 };
    return [
      {
        name: `${dataset}: the last js is worst with 1e-2`,
        judge: extreme({ of: last('js'), in: fast, among: cells, end: 'most' }),
      },
      { name: `${dataset}: D dominates with 1e-2`, judge: shows({ finding: 'd-dominance', in: fast }) },
      {
        name: `${dataset}: the gradient of D at fakes is smallest with 1e-2`,
        judge: extreme({
          of: taken('gradient-at-fakes', 'mean ‖∇D‖ at fakes'),
          in: fast,
          among: cells,
          end: 'least',
        }),
      },
    ];
  }),
};
