import type { RunId, RunState, TrialId } from '@gansweep/domain';
import { expect, it } from 'vitest';
import { type ComparedTrial, chooseAudits } from './stop-sweep.ts';

const trial = (i: number, changes: Partial<ComparedTrial['runs'][number]> = {}): ComparedTrial => {
  const [id, runId] = [`trial-${i}` as TrialId, `run-${i}` as RunId];
  const at = { imagesSeen: 9, untilImages: 9, rungImages: 9, scores: [] };
  const run = { runId, trialId: id, state: 'queued' as RunState, audited: false, stopped: false, ...at, ...changes };
  return { id, runs: [run], passes: 0, audited: run.audited };
};
const trials = (count: number, changes: (i: number) => Partial<ComparedTrial['runs'][number]> = () => ({})) =>
  Array.from({ length: count }, (_, i) => trial(i, changes(i)));

it('audits one in twenty, one at least from ten on, whatever the order they come in', () => {
  expect([9, 10, 29, 30, 100].map((count) => chooseAudits('s', trials(count)).length)).toEqual([0, 1, 1, 2, 5]);
  expect(new Set(chooseAudits('s', trials(100).reverse()))).toEqual(new Set(chooseAudits('s', trials(100))));
  const [first] = chooseAudits('s', trials(100));
  const chosen = trials(100, (i) => ({ audited: `trial-${i}` === first }));
  expect(chooseAudits('s', chosen)).toEqual(chooseAudits('s', trials(100)).slice(1));
});

it('audits nothing that has ended, or that the sweep stopped before it grew', () => {
  expect(
    chooseAudits(
      's',
      trials(12, (i) => (i === 7 ? {} : { state: 'diverged' })),
    ),
  ).toEqual(['trial-7']);
  expect(
    chooseAudits(
      's',
      trials(12, (i) => ({ stopped: i !== 7 })),
    ),
  ).toEqual(['trial-7']);
});
