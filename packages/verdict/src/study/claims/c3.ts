import { atLeast, either, less, more } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { accuracyD, deviation, last } from '../measures.ts';

export const C3: SmallClaim = {
  id: 'C3',
  source: 'Zappos study',
  claim: 'freeze rule and fake label .3: accuracy of D too low or unstable',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-lenet'], curves: ['accReal', 'accFake', 'dReal', 'dFake'] },
  parts: [
    {
      name: 'the accuracy of D is lower, or less steady',
      judge: either(
        less({
          of: accuracyD({ from: 0.5, to: 1 }),
          in: { freezeRatio: 0.7, fakeLabel: 0.3 },
          than: { freezeRatio: 0, fakeLabel: 0 },
        }),
        more({
          of: deviation('accReal', { from: 0.5, to: 1 }),
          in: { freezeRatio: 0.7, fakeLabel: 0.3 },
          than: { freezeRatio: 0, fakeLabel: 0 },
        }),
      ),
    },
    {
      name: 'images are no better',
      judge: atLeast({
        of: last('kid-lenet'),
        in: { freezeRatio: 0.7, fakeLabel: 0.3 },
        than: { freezeRatio: 0, fakeLabel: 0 },
      }),
    },
  ],
};
