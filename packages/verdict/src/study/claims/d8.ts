import { beyond } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { taken } from '../measures.ts';

export const D8: SmallClaim = {
  id: 'D8',
  source: 'internship report',
  claim: 'the latent term makes E(x) follow N(0, 1)',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet'], measures: ['code-variance', 'codes-not-normal'] },
  note: 'The term is least for z ≡ 0 and z = ±1, not for N(0, 1): a variance below 1 is expected.',
  parts: [
    {
      name: 'a Kolmogorov-Smirnov test does not tell codes from N(0, 1)',
      judge: beyond({
        of: taken('codes-not-normal', 'share of the numbers of codes that the test rejects'),
        in: {},
        limit: 0.5,
        side: 'below',
      }),
    },
    {
      name: 'codes have variance 1',
      judge: beyond({ of: taken('code-variance', 'variance of codes'), in: {}, limit: 0.9, side: 'above' }),
    },
  ],
};
