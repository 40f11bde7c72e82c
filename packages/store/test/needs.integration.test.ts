import type { WorkerId } from '@gansweep/domain';
import { buildRuns, buildWorker, newId } from '@gansweep/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecord, type Record } from './open-record.ts';

const TRAINER = 'pytorch@0123456789abcdef';
const WEIGHTS = 'b'.repeat(64);

describe('what runs need of their worker', () => {
  let record: Record;
  beforeAll(async () => {
    record = await openRecord();
  });
  afterAll(async () => {
    await record[Symbol.asyncDispose]();
  });

  const workerWith = async (offers: readonly string[] | null): Promise<WorkerId> => {
    const workerId = newId<WorkerId>();
    await record.store.runs.workerBeat({ ...buildWorker(workerId), offers });
    return workerId;
  };

  it('a claim passes over what its worker has not, alone and in packs, and takes what lies behind', async () => {
    await record.store.runs.workerGone(record.workerId);
    const runsOf = (firstTrial: number) => buildRuns({ firstTrial });
    const [plain, trained, scored] = [runsOf(100), runsOf(200), runsOf(300)] as const;
    const ofCommand = trained.map((run) => ({
      ...run,
      trialId: `${run.trialId.slice(0, -4)}beef` as typeof run.trialId,
      configuration: { ...run.configuration, trainer: TRAINER },
    }));
    const commanded = await record.submit({ runs: ofCommand, sweep: { priority: 2 } });
    const plan = { every: null, samples: 1_000, protocols: ['kid-vgg16/v1' as const], extractors: { vgg16: WEIGHTS } };
    const looked = await record.submit({ runs: scored, sweep: { priority: 1, plan } });
    await record.submit({ runs: plain });
    const bare = await workerWith([]);
    const lacksOf = async (id: typeof commanded) => (await record.store.read.getSweep(id))?.lacks;
    expect(await lacksOf(commanded)).toEqual([`trainer ${TRAINER}`]);
    expect(await lacksOf(looked)).toEqual([`extractor vgg16@${WEIGHTS.slice(0, 16)}`]);
    expect(await record.store.runs.next(16, bare)).toMatchObject({ configuration: plain[0]?.configuration });
    const claim = (workerId: WorkerId, pack: boolean) =>
      record.store.runs.claim({ workerId, slot: 0, limit: 8, leaseMs: 60_000, pack });
    expect((await claim(bare, true)).map(({ trialId }) => trialId)).toEqual([plain[0]?.trialId]);
    expect(await claim(bare, false)).toEqual([]);
    const other = await workerWith([`trainer pytorch@${'f'.repeat(16)}`]);
    expect(await claim(other, false)).toEqual([]);
    const looking = await workerWith([`extractor vgg16@${WEIGHTS.slice(0, 16)}`]);
    expect(await lacksOf(looked)).toEqual([]);
    expect((await claim(looking, false)).map(({ trialId }) => trialId)).toEqual([scored[0]?.trialId]);
    const training = await workerWith([`trainer ${TRAINER}`]);
    expect((await claim(training, true)).map(({ trialId }) => trialId)).toEqual([ofCommand[0]?.trialId]);
  });

  it('an extractor is needed while a sweep that asks for it is active, also of a run that it adopted', async () => {
    const runs = buildRuns({ firstTrial: 400 });
    await record.submit({ runs });
    const plan = { every: null, samples: 1_000, protocols: ['fd-vgg16/v1' as const], extractors: { vgg16: WEIGHTS } };
    const asking = await record.submit({ runs, sweep: { plan } });
    const needs = () => record.sql('SELECT needs FROM run WHERE trial_id = $1', [runs[0]?.trialId]);
    expect(await needs()).toEqual([{ needs: [`extractor vgg16@${WEIGHTS.slice(0, 16)}`] }]);
    await record.store.sweeps.pause(asking);
    expect(await needs()).toEqual([{ needs: [] }]);
  });

  it('of two files of one name that sweeps want for a run, the latest counts, so that it does not wait for ever', async () => {
    const runs = buildRuns({ firstTrial: 600 });
    const planOf = (weights: string, hash: string) => ({
      every: null,
      samples: 1_000,
      protocols: ['fd-vgg16/v1' as const],
      extractors: { vgg16: weights },
      plugins: { energy: hash },
    });
    await record.submit({ runs, sweep: { plan: planOf(WEIGHTS, '0'.repeat(16)) } });
    const later = await record.submit({ runs, sweep: { plan: planOf('c'.repeat(64), '1'.repeat(16)) } });
    const needs = () => record.sql('SELECT needs FROM run WHERE trial_id = $1', [runs[0]?.trialId]);
    expect(await needs()).toEqual([
      { needs: [`extractor vgg16@${'c'.repeat(16)}`, `plugin energy@${'1'.repeat(16)}`] },
    ]);
    await record.store.sweeps.pause(later);
    expect(await needs()).toEqual([
      { needs: [`extractor vgg16@${'b'.repeat(16)}`, `plugin energy@${'0'.repeat(16)}`] },
    ]);
  });

  it('a worker that does not say what it has gets what comes', async () => {
    const [run] = buildRuns({ firstTrial: 500 });
    if (!run) throw new Error('no run');
    await record.submit({
      runs: [
        { ...run, configuration: { ...run.configuration, plugins: 'focal@0123456789abcdef laplace@fedcba9876543210' } },
      ],
      sweep: { priority: 9 },
    });
    expect(await record.sql('SELECT needs FROM run WHERE trial_id = $1', [run.trialId])).toEqual([
      { needs: ['plugin focal@0123456789abcdef', 'plugin laplace@fedcba9876543210'] },
    ]);
    expect((await record.claimOne({ workerId: await workerWith(null) })).trialId).toBe(run.trialId);
  });
});
