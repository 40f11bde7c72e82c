import { type RunId, type SweepId, TRAINING_VERSION } from '@gansweep/domain';
import { parseSweepDocument, planOf, type SweepSpec } from '@gansweep/spec';
import { expect, it } from 'vitest';
import { growSweep, runsLacking, runsOfGrown } from './grow-sweep.ts';
import type { FolderLedger, SweepLedger, SweepMembers } from './ports.ts';
import { NO_REGISTRIES, storedSpec } from './submit-sweep.ts';

const SPACE = { model: { value: 'mlp2d' }, dataset: { value: 'ring8' }, images: { value: 6_400 } };
const LISTED = { ...SPACE, nz: { values: [1, 2, 3] }, lrG: { values: [0.001, 0.002] } };
const DRAWN = { ...SPACE, lrG: { min: 0.001, max: 0.002 } };

function specOf(overrides: object): SweepSpec {
  const parsed = parseSweepDocument({ name: 'one', method: 'grid', parameters: LISTED, ...overrides });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}
/** What a sweep has that was written down whole. */
function membersOf(spec: SweepSpec): SweepMembers {
  const runs = [...planOf(spec).runs(0, 1e6)];
  const trials = new Map(runs.map(({ trialId, configuration }) => [trialId, { id: trialId, configuration }]));
  return {
    trials: [...trials.values()],
    runs: runs.map(({ trialId, seed }) => ({ runId: `${trialId} ${seed}` as RunId, trialId, seed, extent: 'whole' })),
  };
}
const keysOf = (runs: Iterable<{ trialId: string; seed: number }>) =>
  Array.from(runs, ({ trialId, seed }) => `${trialId} ${seed}`);
const members = (parameters: object, more: object = {}) => membersOf(specOf({ parameters, ...more }));

it.each([
  ['values', { parameters: { ...LISTED, nz: { values: [1, 2, 3, 4] } }, seeds: 2 }],
  ['a dimension', { parameters: { ...LISTED, batch: { values: [32, 64, 128] } }, seeds: 2 }],
  ['seeds, in the listed order', { parameters: LISTED, seeds: 5, order: 'listed' }],
])('a grid with more %s lacks what the larger grid has and the smaller had not', (_, larger) => {
  const [before, after] = [members(LISTED, { seeds: 2 }), membersOf(specOf(larger))];
  const lacking = runsLacking(specOf(larger), before);
  const added = keysOf(lacking.runs(0, 1e6));
  expect(new Set([...keysOf(before.runs), ...added])).toEqual(new Set(keysOf(after.runs)));
  expect([added.length, lacking.trialCount]).toEqual([after.runs.length - before.runs.length, after.trials.length]);
});

it('drawn trials stay, and further ones come from the wider range', () => {
  const draws = { method: 'random', seeds: 2 };
  const before = members(DRAWN, { ...draws, run_cap: 8 });
  const same = runsLacking(specOf({ ...draws, run_cap: 12, parameters: DRAWN }), before);
  const longer = members(DRAWN, { ...draws, run_cap: 12 });
  expect(new Set(keysOf(same.runs(0, 99)))).toEqual(
    new Set(keysOf(longer.runs).filter((key) => !keysOf(before.runs).includes(key))),
  );
  const wider = runsLacking(
    specOf({ ...draws, run_cap: 12, parameters: { ...DRAWN, lrG: { min: 0.0001, max: 0.02 } } }),
    before,
  );
  expect([wider.addedTrialCount, wider.runCount]).toEqual([2, 4]);
});

it('more seeds go to every trial that is there, also to those that no plan names', () => {
  const before = members(DRAWN, { method: 'random', run_cap: 4 });
  const lacking = runsLacking(specOf({ method: 'sobol', run_cap: 8, seeds: 2, parameters: DRAWN }), before);
  expect(keysOf(lacking.runs(0, 99))).toEqual(before.trials.map(({ id }) => `${id} 2`));
});

/** Grows a sweep of `document` that was written down whole; the spec that is stored, or the first problem. */
async function grown(document: object, patch: object, registries = NO_REGISTRIES) {
  const before = specOf(document);
  const was = membersOf(before);
  const sweep = {
    id: 's',
    spec: before.document,
    specHash: before.hash,
    nextIndex: was.runs.length,
    trainingVersion: TRAINING_VERSION,
    createdAt: '2026-11-27T00:00:00Z',
  };
  const sweeps = {
    find: async () => sweep,
    members: async () => was,
    grow: async (_id: SweepId, _request: object, growth: object | null) =>
      growth === null ? { kind: 'nothing-to-do' } : { kind: 'grown', growth },
  } as unknown as SweepLedger;
  const folders = { newest: async () => [] } as unknown as FolderLedger;
  const text = JSON.stringify(patch);
  const answer = await growSweep(
    { id: 's' as SweepId, patch: { text, format: 'json' }, idempotencyKey: null },
    { sweeps, folders },
    registries,
  );
  if (answer.ok) return { spec: storedSpec((answer.value as unknown as { spec: unknown }).spec) };
  return { problem: answer.error.kind === 'bad-spec' ? answer.error.problems[0] : answer.error };
}

it('more seeds of drawn trials count in run_cap', async () => {
  const drawn = { method: 'random', run_cap: 8, seeds: 2, parameters: DRAWN };
  expect(await grown(drawn, { seeds: 3 })).toEqual({
    problem: { path: 'run_cap', message: expect.stringMatching(/^8 is less than the 12 runs .* raise run_cap$/) },
  });
  expect((await grown(drawn, { seeds: 3, run_cap: 12 })).spec?.seeds.count).toBe(3);
  expect((await grown(drawn, { priority: 3 })).spec?.priority).toBe(3);
});

it('what runs are compared by stays, also where other data sets would have other scores by default', async () => {
  const images = { model: { value: 'dcgan' }, images: { value: 6_400 } };
  const digits = { parameters: { ...images, dataset: { value: 'mnist' } } };
  const after = (dataset: string) => grown(digits, { parameters: { dataset: { values: ['mnist', dataset] } } });
  expect(await after('stacked-mnist')).toMatchObject({
    problem: {
      path: 'parameters',
      message: expect.stringMatching(/stacked-mnist do not produce kid-lenet, nor .*Submit another sweep/),
    },
  });
  const wider = { parameters: { lrG: { values: [1e-4, 2e-4] } } };
  const fractals = { parameters: { ...images, dataset: { value: 'fractal' } } };
  const mobilenet = { name: 'mobilenet', weights: 'a'.repeat(64), isInception: false };
  const registries = { ...NO_REGISTRIES, extractors: { newest: () => [mobilenet] } };
  const { spec } = await grown(fractals, wider, registries);
  expect([spec?.metrics, spec?.evaluation]).toEqual([specOf(fractals).metrics, specOf(fractals).evaluation]);
});

it('the expander goes on where the first chunk of a growth ended, whatever was added since', async () => {
  const grown = specOf({ seeds: 7 });
  const before = members(LISTED, { seeds: 2 });
  const whole = [...runsLacking(grown, before).runs(0, 99)];
  const ledgers = {
    sweeps: {
      members: async (_: SweepId, below: number) => ({ ...before, runs: before.runs.slice(0, below) }),
    } as unknown as SweepLedger,
    folders: { newest: async () => [] } as unknown as FolderLedger,
  };
  const sweep = { spec: grown.document, grownFrom: 12, createdAt: '2026-11-27T00:00:00Z' } as Parameters<
    typeof runsOfGrown
  >[0];
  const part = await runsOfGrown(sweep, { from: 20, count: 5 }, ledgers);
  expect(keysOf(part)).toEqual(keysOf(whole.slice(8, 13)));
  expect(part.map(({ index }) => index)).toEqual([20, 21, 22, 23, 24]);
});
