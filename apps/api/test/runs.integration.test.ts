import { type BaselineAnswer, ROUTES, type Route } from '@gansweep/contract';
import type { RunId } from '@gansweep/domain';
import { buildReport } from '@gansweep/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openService, type Service, smallSpec } from './open-service.ts';
import { claimAll, pointsOf, succeed } from './train-runs.ts';

let service: Service;
beforeAll(async () => {
  service = await openService();
});
afterAll(() => service[Symbol.asyncDispose]() as Promise<void>);

const GENERATOR = {
  name: 'elsewhere',
  weights: 'a'.repeat(64),
  path: '/models/elsewhere.onnx',
  file: 'b'.repeat(64),
  latent: { input: 'z', size: 2, law: 'gaussian' },
  classes: null,
  layerNoise: null,
  truncation: null,
  output: { name: 'samples', kind: 'points' },
  batch: null,
} as const;

const BASELINE: BaselineAnswer = {
  version: 1,
  name: 'kept',
  savedAt: '2026-11-27T02:30:00.000Z',
  circumstances: { commit: null, lockfile: null, backends: ['onnx 1 on cpu'], data: {}, trainingVersion: 2 },
  sweeps: [
    {
      name: 'ring',
      metrics: [{ name: 'js', goal: 'minimize', at: 'last' }],
      trials: [
        {
          id: 'c'.repeat(64),
          label: '',
          passports: { js: 'p' },
          seeds: [{ seed: 1, state: 'succeeded', scores: { js: 0.4 } }],
        },
      ],
    },
  ],
};

/** One queued run of a sweep of its own. */
async function oneRun(name: string, seed: number): Promise<{ readonly sweep: string; readonly run: RunId }> {
  const parameters = { model: { value: 'mlp2d' }, dataset: { value: 'ring8' }, images: { value: 6_400 } };
  const text = JSON.stringify(smallSpec({ name, seeds: [seed], parameters }));
  const { id } = await service.client.submitSweep({ text, format: 'json' });
  const [run] = (await service.client.listRuns({ sweep: id })).items;
  if (!run) throw new Error('the sweep has no run');
  return { sweep: id, run: run.id };
}

async function claimOne(runId: RunId) {
  const claimed = (await claimAll(service)).find((run) => run.runId === runId);
  if (!claimed) throw new Error('the run could not be claimed');
  return claimed;
}

describe('a run', () => {
  it('shows each attempt, and of an interrupted one only what the next did not repeat', async () => {
    const { run } = await oneRun('interrupted', 1);
    const first = await claimOne(run);
    const claim = { runId: run, epoch: first.epoch };
    const report = buildReport(claim, {
      start: { backend: { name: 'onnx', version: '1', device: 'cpu' }, resumedAtImages: 0 },
      imagesSeen: 256,
      points: pointsOf('lossD', [1, 2, 3, 4]),
      evaluations: [{ imagesSeen: 192, protocol: 'density2d/v1', passport: {}, scores: { js: 1 }, seconds: 0.25 }],
    });
    await service.store.runs.report({ leaseMs: 60_000, runs: [report] });
    const checkpoint = {
      imagesSeen: 128,
      kind: 'full' as const,
      artifact: `runs/${run}/e1/128.ckpt`,
      sha256: 'a'.repeat(64),
      bytes: 3,
    };
    await service.store.runs.report({ leaseMs: 60_000, runs: [buildReport(claim, { checkpoints: [checkpoint] })] });
    for (const peakMemoryMib of [150.5, 210.25, 180])
      await service.store.runs.report({ leaseMs: 60_000, runs: [buildReport(claim, { peakMemoryMib })] });
    await service.store.runs.release({ ...claim, reason: 'drain', seconds: 3 });
    const second = await claimOne(run);
    await service.store.runs.report({ leaseMs: 60_000, runs: [buildReport(second, { peakMemoryMib: 100 })] });
    await succeed(service, second, 0.5);

    const shown = await service.client.getRun({ id: run });
    expect(shown).toMatchObject({ state: 'succeeded', seed: 1, backend: { name: 'onnx' }, cost: { seconds: 5 } });
    // Two evaluations of a second in the second attempt, and one in the first that was lost.
    expect(shown.cost.evaluationSeconds).toBe(2.25);
    // The highest of each attempt, and of all.
    expect(shown.attempts.map(({ peakMemoryMib }) => peakMemoryMib)).toEqual([210.25, 100]);
    expect(shown.cost.peakMemoryMib).toBe(210.25);
    expect((await service.client.listEvaluations({ id: run })).items).toHaveLength(2);
    expect(shown.attempts.map(({ endedAs, resumedAtImages }) => [endedAs, resumedAtImages])).toEqual([
      ['released', 0],
      ['finished', 128],
    ]);
    const { series } = await service.client.getCurves({ id: run, names: 'lossD', maxPoints: 0 });
    // 1, 2 of the first attempt up to its checkpoint; what it saw later was seen again by the second.
    expect(series.lossD?.images).toEqual(Array.from({ length: 30 }, (_, i) => (i + 1) * 64));
    expect(series.lossD?.value.slice(0, 4)).toEqual([1, 2, 1, 1]);
    expect((await service.client.listCheckpoints({ id: run })).items).toMatchObject([{ imagesSeen: 128, bytes: 3 }]);
  });

  it('keeps what its trainer said, page by page and as it comes', async () => {
    const { run } = await oneRun('talking', 2);
    const claim = await claimOne(run);
    const say = (lines: readonly string[]) => service.store.runs.appendLog({ runId: run, epoch: claim.epoch, lines });
    await say(['one', 'two', 'three']);
    const page = await service.client.getLogs({ id: run, limit: 2 });
    expect(page.items.map(({ line }) => line)).toEqual(['one', 'two']);
    const rest = await service.client.getLogs({ id: run, cursor: page.nextCursor ?? '' });
    expect([rest.items.map(({ line }) => line), rest.nextCursor]).toEqual([['three'], null]);

    const heard: string[] = [];
    for await (const { line } of service.client.followLogs({ id: run })) {
      heard.push(line);
      if (heard.length === 3) await say(['four']);
      if (heard.length === 4) await succeed(service, claim, 1);
    }
    // The stream ended by itself, since the run did.
    expect(heard).toEqual(['one', 'two', 'three', 'four']);
  });

  it('is cancelled, and tried again, and refuses what does not fit its state', async () => {
    const { run } = await oneRun('cancelled', 3);
    expect(await service.client.cancelRun({ id: run })).toEqual({ id: run, state: 'cancelled' });
    expect(await service.client.cancelRun({ id: run })).toEqual({ id: run, state: 'cancelled' });
    const retry = (body: string) => service.post(`/api/v1/runs/${run}/retry`, body);
    expect((await retry('{"fresh": 1}')).status).toBe(400);
    expect((await retry('{')).status).toBe(400);
    expect((await retry('{"state": "succeeded"}')).status).toBe(400);
    expect(await service.client.retryRun({ id: run, body: { fresh: true } })).toEqual({ id: run, state: 'queued' });
    const conflict = { status: 409, code: 'conflict' };
    await expect(service.client.retryRun({ id: run, body: {} })).rejects.toMatchObject(conflict);
    await succeed(service, await claimOne(run), 1);
    await expect(service.client.cancelRun({ id: run })).rejects.toMatchObject(conflict);
    const nobody = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f' as RunId;
    await expect(service.client.cancelRun({ id: nobody })).rejects.toMatchObject({ status: 404 });
  });

  it('gives the bytes of a generator that it kept, and no other file', async () => {
    const { run } = await oneRun('kept', 7);
    const claimed = await claimOne(run);
    const kept = (imagesSeen: number, kind: 'full' | 'generator') => ({
      imagesSeen,
      kind,
      artifact: `runs/${run}/e${claimed.epoch}/${imagesSeen}.${kind}`,
      sha256: 'b'.repeat(64),
      bytes: 3,
    });
    const checkpoints = [kept(3_200, 'full'), kept(3_200, 'generator'), kept(4_800, 'full')];
    for (const { artifact, kind } of checkpoints)
      await service.artifacts.write(artifact, new TextEncoder().encode(kind));
    await service.store.runs.report({ leaseMs: 60_000, runs: [buildReport(claimed, { checkpoints })] });
    const bytes = await service.client.getKeptGenerator({ id: run, images: 3_200 });
    expect(new TextDecoder().decode(bytes)).toBe('generator');
    const none = { status: 404, message: 'no generator was kept at this number of images' };
    await expect(service.client.getKeptGenerator({ id: run, images: 4_800 })).rejects.toMatchObject(none);
    await succeed(service, claimed, 1);
  });

  it('has no sample but those that were drawn', async () => {
    const { run } = await oneRun('drawn', 4);
    await succeed(service, await claimOne(run), 1);
    expect([...(await service.client.getSample({ id: run, images: 6_400 }))]).toEqual([0x89, 0x50]);
    await expect(service.client.getSample({ id: run, images: 6_401 })).rejects.toMatchObject({ status: 404 });
    const odd = await fetch(`${service.address}/api/v1/runs/${run}/samples/..%2f6400.png`);
    expect(odd.status).toBe(404);
  });

  it('lists panels, and gives each as a picture and as the numbers behind it', async () => {
    const { run } = await oneRun('panelled', 6);
    await succeed(service, await claimOne(run), 1);
    const id = run;
    const [panel] = (await service.client.listPanels({ id })).items;
    expect(panel).toMatchObject({ name: 'd-response', imagesSeen: 6_400 });
    const [picture, data] = await Promise.all(
      [panel?.url, panel?.dataUrl].map((url) => fetch(`${service.address}${url}`)),
    );
    expect(picture?.headers.get('content-type')).toBe('image/png');
    expect([...new Uint8Array((await picture?.arrayBuffer()) ?? [])]).toEqual([0x89, 0x51]);
    expect(await data?.json()).toEqual({ panel: 'd-response', count: 3 });
    const named = { id, name: 'd-response', images: 6_400 } as const;
    expect([...(await service.client.getPanel(named))]).toEqual([0x89, 0x51]);
    expect(await service.client.getPanelData(named)).toEqual({ panel: 'd-response', count: 3 });
    await expect(service.client.getPanel({ ...named, images: 1 })).rejects.toMatchObject({ status: 404 });
    await expect(service.client.getPanel({ ...named, name: 'g-manifold' })).rejects.toMatchObject({ status: 404 });
    await expect(service.client.getPanel({ ...named, name: 'unheard-of' })).rejects.toThrow('nothing of this name');
  });
});

describe('the service', () => {
  it('names its workers and what they do', async () => {
    const { run } = await oneRun('worked on', 5);
    const { workerId } = await claimOne(run);
    const { items } = await service.client.listWorkers();
    expect(items.find(({ id }) => id === workerId)).toMatchObject({
      host: 'host',
      slots: 4,
      state: 'active',
      currentRuns: [run],
    });
  });

  it('gives numbers to a monitor', async () => {
    const text = await service.client.metrics();
    expect(text).toMatch(/^gansweep_invariant_violations 0$/m);
    expect(text).toMatch(/^gansweep_runs\{state="running"\} \d+$/m);
    for (const line of text.trim().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) |[a-z_]+(\{[a-z]+="[^"]+"\})? \d+$)/);
  });

  it('answers every JSON question with exactly what its schema says', async () => {
    const [run] = (await service.client.listRuns({ state: 'succeeded', limit: 1 })).items;
    if (!run) throw new Error('no run has succeeded');
    const ids = { sweep: run.sweepIds[0], run: run.id };
    await service.client.registerGenerator({ body: GENERATOR });
    await service.client.saveBaseline({ body: BASELINE });
    const night = await service.client.askVerdict({
      body: { baseline: BASELINE.name, sweeps: [{ name: 'ring', spec: smallSpec({ name: 'ring', seeds: 2 }) }] },
    });
    const nameOf: Partial<Record<Route['tag'], string>> = { generators: GENERATOR.name, nights: BASELINE.name };
    const idOf: Partial<Record<Route['tag'], string | undefined>> = { sweeps: ids.sweep, nights: night.id };
    const asked = (Object.entries(ROUTES) as [string, Route][]).filter(
      ([, { method, answerKind }]) => method === 'GET' && answerKind === 'json',
    );
    for (const [name, route] of asked) {
      const address = route.path
        .replace(':id', idOf[route.tag] ?? ids.run)
        .replace(':name', nameOf[route.tag] ?? 'd-response')
        .replace(':images', '6400');
      const answer = await fetch(`${service.address}${address}${name === 'compareSweep' ? '?by=model&metric=js' : ''}`);
      const body = await answer.json();
      expect([name, answer.status]).toEqual([name, 200]);
      // Parsing leaves out what the schema does not have: nothing may get lost.
      expect(route.answers[200]?.parse(body), name).toEqual(body);
    }
  });
});
