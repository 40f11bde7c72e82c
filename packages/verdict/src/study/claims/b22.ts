import { summarise } from '../../summarise.ts';
import { type Judge, less, more, runsIn, shown } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { imagesToFinding, last } from '../measures.ts';

/** Deviation over seeds against deviation over seeds: twice as large is called larger, half as large smaller. */
const lessSteady: Judge = (runs) => {
  const [dense, convolutional] = ['cgan', 'cdcgan'].map((model) =>
    summarise(runsIn(runs, { model }).flatMap((run) => last('conditional-lenet').of(run) ?? [])),
  );
  const [above, below] = [dense?.std ?? null, convolutional?.std ?? null];
  const n = (dense?.n ?? 0) + (convolutional?.n ?? 0);
  if (above === null || below === null || below === 0)
    return { verdict: 'undecided', sentence: 'no deviation over seeds', effect: null, low: null, high: null, n: 0 };
  const ratio = above / below;
  return {
    verdict: ratio >= 2 ? 'supported' : ratio <= 0.5 ? 'contradicted' : 'undecided',
    sentence: `deviation of conditional-lenet over seeds: ${shown(above)} (cgan), ${shown(below)} (cdcgan)`,
    effect: ratio,
    low: null,
    high: null,
    n,
  };
};

export const B22: SmallClaim = {
  id: 'B22',
  source: 'DCGAN lab',
  claim: 'fully connected cGAN: later, L_G explodes, D wins, reruns differ, isolated white pixels',
  scale: 'cpu-small',
  profile: 'full',
  reads: {
    scores: ['conditional-lenet', 'kid-lenet', 'isolated-pixels', 'total-variation'],
    curves: ['lossD', 'lossG'],
  },
  parts: [
    {
      name: 'phase [2] comes later',
      judge: more({ of: imagesToFinding('loss-phase-2'), in: { model: 'cgan' }, than: { model: 'cdcgan' } }),
    },
    {
      name: 'fewer digits obey y',
      judge: less({ of: last('conditional-lenet'), in: { model: 'cgan' }, than: { model: 'cdcgan' } }),
    },
    { name: 'runs differ more', judge: lessSteady },
    {
      name: 'more pixels are isolated',
      judge: more({ of: last('isolated-pixels'), in: { model: 'cgan' }, than: { model: 'cdcgan' } }),
    },
    {
      name: 'neighbours differ more',
      judge: more({ of: last('total-variation'), in: { model: 'cgan' }, than: { model: 'cdcgan' } }),
    },
  ],
};
