import type { Configuration, RunId, TrialId } from '@gansweep/domain';
import { expect, it } from 'vitest';
import { beginningsOf, notesOnBeginnings } from './continue-runs.ts';
import type { SweepMember, SweepMembers } from './ports.ts';

const of = (images: number, more: object = {}): Configuration =>
  ({ model: 'mlp2d', dataset: 'ring8', lrSchedule: 'none', nz: 2, ...more, images }) as unknown as Configuration;
const SPEC = { reuse: true, budget: { hours: null, runMinutes: null } };

/** Trials with one run of seed 1 each. */
function members(...runs: readonly (readonly [Configuration, SweepMember['extent']])[]): SweepMembers {
  const id = (i: number): TrialId => `trial ${i}` as TrialId;
  return {
    trials: runs.map(([configuration], i) => ({ id: id(i), configuration })),
    runs: runs.map(([, extent], i) => ({ runId: `run ${i}` as RunId, trialId: id(i), seed: 1, extent })),
  };
}

it('a run goes on from the longest of the shorter ones that ended by its images', () => {
  const there = members([of(1_000), 'whole'], [of(3_000), 'whole'], [of(4_000), 'open'], [of(9_000), 'whole']);
  const beginning = beginningsOf(SPEC, there);
  expect(beginning(of(5_000), 1)).toEqual({ kind: 'continues', run: 'run 1' });
  expect(beginning(of(2_000), 1)).toEqual({ kind: 'continues', run: 'run 0' });
  // There is none that is shorter, of its seed, of its configuration.
  for (const [configuration, seed] of [
    [of(500), 1],
    [of(5_000), 2],
    [of(5_000, { nz: 3 }), 1],
  ] as const)
    expect(beginning(configuration, seed)).toBeNull();
});

it.each<
  [string, Partial<typeof SPEC> | object, readonly [Configuration, SweepMember['extent']], Configuration, RegExp]
>([
  ['has not ended', {}, [of(1_000), 'open'], of(2_000), /has not ended yet/],
  ['diverged', {}, [of(1_000), 'cut'], of(2_000), /failed, diverged/],
  ['had a schedule', {}, [of(1_000, { lrSchedule: 'step' }), 'whole'], of(2_000, { lrSchedule: 'step' }), /lrSchedule/],
  ['grew by a share', {}, [of(1_000, { growKimg: 1 }), 'whole'], of(2_000, { growKimg: 2 }), /growKimg/],
  ['is not to be reused', { reuse: false }, [of(1_000), 'whole'], of(2_000), /reuse: false/],
  ['was given minutes', { budget: { hours: null, runMinutes: 3 } }, [of(1_000), 'whole'], of(2_000), /runMinutes/],
])('a run begins anew, and says why, where the shorter one %s', (_, spec, shorter, longer, because) => {
  expect(beginningsOf({ ...SPEC, ...spec }, members(shorter))(longer, 1)).toEqual({
    kind: 'anew',
    because: expect.stringMatching(because),
  });
});

it('says how many go on, and for each reason how many do not', () => {
  const [on, because] = [{ kind: 'continues', run: 'run 1' as RunId } as const, 'of a reason'];
  const anew = { kind: 'anew', because } as const;
  expect(notesOnBeginnings([])).toEqual([]);
  expect(notesOnBeginnings([on, on])).toEqual([
    '2 of 2 longer runs go on from the last checkpoints of the shorter ones.',
  ]);
  expect(notesOnBeginnings([on, anew, { ...anew, because: 'of another' }, anew])).toEqual([
    '1 of 4 longer runs go on from the last checkpoints of the shorter ones.',
    '2 longer runs train from the beginning: of a reason.',
    '1 longer run trains from the beginning: of another.',
  ]);
  expect(notesOnBeginnings([anew])).toEqual(['1 longer run trains from the beginning: of a reason.']);
});
