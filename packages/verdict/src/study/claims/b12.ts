import { atLeast, more } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last, mean } from '../measures.ts';

export const B12: SmallClaim = {
  id: 'B12',
  source: 'DCGAN lab',
  claim: 'all classes of CIFAR: nonsense images although L_D is high',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['kid-random'], curves: ['lossD'] },
  note: 'CIFAR is not to be had; stacked digits, 1,000 classes in colour, stand for a set of many unlike classes.',
  parts: [
    {
      name: 'images of a thousand classes are worse',
      judge: more({ of: last('kid-random'), in: { dataset: 'stacked-mnist' }, than: { dataset: 'mnist' } }),
    },
    {
      name: 'and L_D is no lower',
      judge: atLeast({ of: mean('lossD'), in: { dataset: 'stacked-mnist' }, than: { dataset: 'mnist' } }),
    },
  ],
};
