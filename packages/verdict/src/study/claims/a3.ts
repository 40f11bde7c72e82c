import { either, less, more, shows } from '../answers.ts';
import type { ClaimPart, SmallClaim } from '../claim.ts';
import { last } from '../measures.ts';
import { LAWS } from './plane-laws.ts';

export const A3: SmallClaim = {
  id: 'A3',
  source: 'GAN Lab lab',
  claim: '1 update of D an iteration is too few, 2 to 3 are balanced, 5 crush G',
  scale: 'cpu-small',
  profile: 'quick',
  reads: { scores: ['js'] },
  note: 'Every configuration has as many updates of G; those with more updates of D see more images.',
  parts: LAWS.flatMap(({ dataset }): readonly ClaimPart[] => {
    const steps = (dSteps: number) => ({ dataset, dSteps });
    return [
      {
        name: `${dataset}: 2 or 3 updates have a better js than 1`,
        judge: either(
          less({ of: last('js'), in: steps(2), than: steps(1) }),
          less({ of: last('js'), in: steps(3), than: steps(1) }),
        ),
      },
      {
        name: `${dataset}: 5 updates have a worse js than 2 or 3`,
        judge: either(
          more({ of: last('js'), in: steps(5), than: steps(2) }),
          more({ of: last('js'), in: steps(5), than: steps(3) }),
        ),
      },
      { name: `${dataset}: D dominates with 5 updates`, judge: shows({ finding: 'd-dominance', in: steps(5) }) },
    ];
  }),
};
