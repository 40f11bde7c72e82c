import type { Judge } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';

/** Of runs that collapsed, how many have D-dominance at or before their collapse. */
const dominanceFirst: Judge = (runs) => {
  const at = (findings: (typeof runs)[number]['findings'], wanted: string): number =>
    findings.find(({ name }) => name === wanted)?.imagesSeen ?? Number.POSITIVE_INFINITY;
  const collapsed = runs.filter(({ findings }) => findings.some(({ name }) => name === 'collapse'));
  const before = collapsed.filter(({ findings }) => at(findings, 'd-dominance') <= at(findings, 'collapse')).length;
  const n = collapsed.length;
  if (n < 3) return { verdict: 'undecided', sentence: `${n} runs collapsed`, effect: null, low: null, high: null, n };
  return {
    verdict: before / n >= 0.8 ? 'supported' : 'contradicted',
    sentence: `${before} of ${n} runs that collapsed had D-dominance by then, claimed 80 %`,
    effect: before / n,
    low: null,
    high: null,
    n,
  };
};

export const D10: SmallClaim = {
  id: 'D10',
  source: 'internship report',
  claim: 'collapse is caused by D winning',
  scale: 'cpu-small',
  profile: 'full',
  reads: { scores: ['js', 'modes'] },
  parts: [{ name: 'D dominates before four fifths of the collapses', judge: dominanceFirst }],
};
