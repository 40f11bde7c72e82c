import type { RunId, RunState, SweepId, TrialId } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { describeStopping, wilson } from './describe-stopping.ts';
import type { StoppingLedger, StoppingMember } from './ports.ts';

const RUNG = 900;
const IMAGES = 3_600;
const TRIALS = 12;
const spec = {
  version: 1,
  name: 'stopped',
  method: 'random',
  run_cap: TRIALS,
  metric: { name: 'js', goal: 'minimize' },
  parameters: {
    model: { value: 'mlp2d' },
    dataset: { value: 'ring8' },
    images: { value: IMAGES },
    batch: { value: 10 },
    lrG: { min: 0.0001, max: 0.01 },
  },
  early_terminate: { type: 'asha', metric: 'js', min_images: RUNG, eta: 4 },
};

/** Trial i scores i + 1 at its rung; the best, trial 0, goes on to its end. */
const trial = (i: number, changes: Partial<StoppingMember> = {}): StoppingMember => ({
  runId: `run-${i}` as RunId,
  trialId: `trial-${i}` as TrialId,
  state: 'queued' as RunState,
  imagesSeen: RUNG,
  untilImages: RUNG,
  rungImages: RUNG,
  audited: false,
  stopped: false,
  scores: [700, 800, 900].map((imagesSeen) => ({ imagesSeen, value: i + 1 })),
  ...changes,
});
const toItsEnd = { state: 'succeeded', imagesSeen: IMAGES, untilImages: null } as const;

async function described(members: readonly StoppingMember[], ends: Readonly<Record<string, number>>) {
  const stopping = { members: async () => members } as unknown as StoppingLedger;
  const scores = async () => Object.entries(ends).map(([trialId, value], i) => ({ trialId, runId: `${i}`, value }));
  const sweep = { id: 'sweep' as SweepId, spec, runCount: TRIALS, progress: { expandedRuns: TRIALS } };
  const view = await describeStopping(sweep as never, { read: { scores } as never, stopping });
  if (view === null) throw new Error('this sweep stops trials');
  return view;
}

describe('what early stopping cost', () => {
  const first = trial(0, toItsEnd);
  const others = (from: number): readonly StoppingMember[] =>
    Array.from({ length: TRIALS - from }, (_, i) => trial(from + i));

  it('is not known while nobody is audited; the budget is the images seen', async () => {
    const view = await described([first, ...others(1)], { 'trial-0': 0.5 });
    expect(view.audit).toBeNull();
    expect(view.budget.share).toBeCloseTo((IMAGES + 11 * RUNG) / (12 * IMAGES), 12);
    expect(view.budget.audit).toBe(0);
    expect(view.rungs).toMatchObject([{ images: RUNG, compared: TRIALS }]);
    expect(view.stopped + (view.rungs[0]?.passed ?? 0)).toBe(TRIALS);
  });

  it('counts a trial that was let go to its end as kept, also where the grown sweep would take others', async () => {
    const audited = trial(11, { ...toItsEnd, audited: true });
    const earlier = trial(9, toItsEnd);
    const members = [first, ...others(1).map((one, i) => (i === 8 ? earlier : i === 10 ? audited : one))];
    const { audit, stopped } = await described(members, { 'trial-0': 0.5, 'trial-9': 0.1, 'trial-11': 0.3 });
    expect([audit?.bestKept, audit?.beaten, audit?.trials]).toEqual([0.1, 0, 1]);
    const without = await described([first, ...others(1)], { 'trial-0': 0.5 });
    expect(stopped).toBe(without.stopped - 1);
  });

  it('is how many of the audited beat the best kept trial, and by how much, those under way left out', async () => {
    const audited = [
      trial(9, { ...toItsEnd, audited: true }),
      trial(10, { ...toItsEnd, audited: true }),
      trial(11, { state: 'running', imagesSeen: 1_800, untilImages: null, audited: true }),
    ];
    const ends = { 'trial-0': 0.5, 'trial-9': 0.3, 'trial-10': 0.9 };
    const { audit, budget } = await described([first, ...others(1).slice(0, 8), ...audited], ends);
    expect(audit).toMatchObject({ trials: 3, ended: 2, bestKept: 0.5, beaten: 1 });
    expect(audit?.share).toEqual(wilson(1, 2));
    expect(audit?.regret?.mean).toBeCloseTo(0.1, 12);
    expect(audit?.regret?.low).toBe(0);
    expect(budget.share).toBeCloseTo((IMAGES + 11 * RUNG) / (12 * IMAGES), 12);
    expect(budget.audit).toBeCloseTo((2 * (IMAGES - RUNG) + (1_800 - RUNG)) / (12 * IMAGES), 12);
  });

  it('takes a trial for ended when all its seeds have, be it audited or kept', async () => {
    const seeds = (i: number, changes: Partial<StoppingMember>, other: Partial<StoppingMember>) =>
      [changes, other].map((one, seed) => trial(i, { runId: `run-${i}-${seed}` as RunId, ...one }));
    const underWay = { state: 'running', imagesSeen: 1_800, untilImages: null } as const;
    const lists = [
      seeds(0, toItsEnd, toItsEnd),
      // Its first seed ended far better than what is kept and whole.
      seeds(1, toItsEnd, underWay),
      ...Array.from({ length: 8 }, (_, i) => seeds(2 + i, {}, {})),
      seeds(10, { ...toItsEnd, audited: true }, { ...underWay, audited: true }),
      seeds(11, { ...toItsEnd, audited: true }, { ...toItsEnd, audited: true }),
    ];
    const ends = { 'trial-0': 0.5, 'trial-1': 0.1, 'trial-10': 0.01, 'trial-11': 0.4 };
    const { audit } = await described(lists.flat(), ends);
    expect(audit).toMatchObject({ trials: 2, ended: 1, bestKept: 0.5, beaten: 1 });
    expect(audit?.regret?.mean).toBeCloseTo(0.1, 12);
  });

  it('counts an audited run that diverged as one that beats nobody', async () => {
    const lost = trial(11, { state: 'diverged', imagesSeen: 2_000, untilImages: null, audited: true });
    const { audit } = await described([first, ...others(1).slice(0, 10), lost], { 'trial-0': 0.5 });
    expect(audit).toMatchObject({ ended: 1, beaten: 0, regret: { mean: 0 } });
  });
});

describe('the interval of a share', () => {
  it('is that of Wilson', () => {
    // Newcombe, Stat. Med. 17 (1998) 857–872, table I: 81 of 263 and 15 of 148.
    expect(wilson(81, 263).low).toBeCloseTo(0.2553, 4);
    expect(wilson(81, 263).high).toBeCloseTo(0.3662, 4);
    expect(wilson(15, 148).low).toBeCloseTo(0.0624, 4);
    expect(wilson(15, 148).high).toBeCloseTo(0.1605, 4);
    expect(wilson(0, 20).low).toBe(0);
  });
});
