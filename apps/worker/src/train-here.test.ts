import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dataHashOf, type ProtocolId } from '@gansweep/domain';
import type { ArtifactStore, EvaluationRecord } from '@gansweep/orchestrator';
import { buildConfiguration } from '@gansweep/testkit';
import { afterAll, expect, it } from 'vitest';
import { trainHere } from './train-here.ts';

const home = mkdtempSync(path.join(tmpdir(), 'gansweep-train-here-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const nowhere: ArtifactStore = {
  write: async (_, bytes) => ({ sha256: '', bytes: bytes.length }),
  read: async () => null,
  remove: async () => {},
};

async function evaluationsOf(protocols: readonly ProtocolId[]): Promise<readonly EvaluationRecord[]> {
  const told: EvaluationRecord[] = [];
  const configuration = buildConfiguration({ batch: 16, images: 3_280 });
  const end = await trainHere({
    job: {
      configuration,
      seed: 1,
      dataHash: dataHashOf(configuration.dataset, []),
      folder: null,
      plans: [{ every: null, samples: 100, protocols }],
    },
    backend: 'auto',
    backendHome: '',
    artifacts: nowhere,
    datasets: home,
    home,
    trainers: new Map(),
    plugins: null,
    evaluationShare: 0.1,
    tell: (news) => news.kind === 'evaluation' && told.push(news.evaluation),
  });
  expect(end.kind).toBe('succeeded');
  return told;
}

it('a run is scored by its generator, its record and its D at every evaluation', async () => {
  const protocols = ['density2d/v1', 'speed-js/v1', 'stability/v1', 'd-response/v1', 'd-gradient/v1'] as const;
  const told = await evaluationsOf(protocols);
  for (const protocol of protocols)
    expect(told.filter((one) => one.protocol === protocol).map(({ imagesSeen }) => imagesSeen)).toEqual([
      880, 1_680, 2_480, 3_280,
    ]);
  const scores = Object.assign({}, ...told.slice(-protocols.length).map((one) => one.scores));
  expect(scores['speed-js']).toBeGreaterThanOrEqual(880);
  expect(scores['late-deviation-g']).toBeGreaterThan(0);
  expect(scores['d-real-least']).toBeLessThan(scores['d-real-most']);
  expect(scores['d-gradient']).toBeGreaterThan(0);
  // None of this touches the others.
  const alone = await evaluationsOf(['density2d/v1']);
  expect(alone.map((one) => one.scores)).toEqual(
    told.filter(({ protocol }) => protocol === 'density2d/v1').map((one) => one.scores),
  );
});
