import type { CurveName, RunId, WorkerId } from '@gansweep/domain';
import type { ClaimedRun } from '@gansweep/orchestrator';
import { buildReport, buildWorker, newId } from '@gansweep/testkit';
import type { Service } from './open-service.ts';

/** A passport as the density protocol writes it, cut to what comparing needs. */
export const PASSPORT = {
  metric: { id: 'density2d/v1' },
  real: { seed: 1, n: 10 },
  fake: { n: 10, imagesSeen: 6_400 },
} as const;

/** Announces a worker and claims whatever waits. */
export async function claimAll(service: Service): Promise<readonly (ClaimedRun & { readonly workerId: WorkerId })[]> {
  const workerId = newId<WorkerId>();
  await service.store.runs.workerBeat(buildWorker(workerId));
  const claimed = await service.store.runs.claim({ workerId, slot: 0, limit: 100, leaseMs: 60_000 });
  return claimed.map((run) => ({ ...run, workerId }));
}

/** Points of one curve, 64 images apart, the first at 64. */
export function pointsOf(name: CurveName, values: readonly number[]) {
  return values.map((value, i) => ({ name, imagesSeen: (i + 1) * 64, value }));
}

/** Starts a claimed run and ends it well, with one curve, two evaluations, a sample grid and a panel. */
export async function succeed(service: Service, run: ClaimedRun, js: number): Promise<RunId> {
  const { runs } = service.store;
  const claim = { runId: run.runId, epoch: run.epoch };
  const resumedAtImages = run.checkpoints[0]?.imagesSeen ?? 0;
  const evaluations = [3_200, 6_400].map((imagesSeen) => ({
    imagesSeen,
    protocol: 'density2d/v1' as const,
    passport: { ...PASSPORT, run: { date: String(run.seed) } },
    scores: { js: imagesSeen === 6_400 ? js : 5, kl: 1 },
    seconds: 1,
  }));
  const artifact = `runs/${run.runId}/e${run.epoch}/6400.png`;
  await service.artifacts.write(artifact, Uint8Array.from([0x89, 0x50]));
  const [picture, data] = [`runs/${run.runId}/e${run.epoch}/p.png`, `runs/${run.runId}/e${run.epoch}/p.json`] as const;
  await service.artifacts.write(picture, Uint8Array.from([0x89, 0x51]));
  await service.artifacts.write(data, new TextEncoder().encode('{"panel":"d-response","count":3}'));
  const values = Array.from({ length: 30 }, (_, i) => (i === 7 ? 9 : 1));
  await runs.finish({
    ...claim,
    outcome: { kind: 'succeeded', atImagesSeen: 6_400, endedBy: 'images' },
    seconds: 2,
    last: buildReport(run, {
      start: { backend: { name: 'onnx', version: '1', device: 'cpu' }, resumedAtImages },
      imagesSeen: 6_400,
      points: pointsOf('lossD', values),
      evaluations,
      samples: [{ imagesSeen: 6_400, artifact }],
      panels: [{ name: 'd-response', imagesSeen: 6_400, picture, data }],
    }),
  });
  return run.runId;
}
