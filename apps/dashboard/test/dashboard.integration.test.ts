import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startApi } from '@gansweep/api';
import { createClient } from '@gansweep/contract';
import { planeReals } from '@gansweep/datasets';
import { type CurveName, type ForeignGenerator, randomStream, type WorkerId } from '@gansweep/domain';
import { renderSamples } from '@gansweep/evaluation';
import { trainGan } from '@gansweep/gan';
import type { ClaimedRun } from '@gansweep/orchestrator';
import { wasmExecutor } from '@gansweep/program';
import { createDoorbell } from '@gansweep/queue';
import { createLog, readConfig } from '@gansweep/runtime';
import { createStore, fileArtifacts, type Store } from '@gansweep/store';
import { buildReport, buildWorker, createTestDatabase, newId, type TestDatabase } from '@gansweep/testkit';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const CHROMIUM = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((file) => file !== undefined && existsSync(file));
if (!CHROMIUM) console.log('skipped: the browser test, since no Chromium is installed and CHROMIUM_PATH is not set');

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const SPEC = {
  version: 1,
  name: 'seen-by-a-person',
  description: 'Does the page show what was recorded?',
  method: 'grid',
  order: 'listed',
  seeds: 2,
  parameters: {
    model: { value: 'mlp2d' },
    dataset: { value: 'ring8' },
    images: { value: 6_400 },
    lr: { values: [0.001, 0.01] },
  },
};

const ELSEWHERE: ForeignGenerator = {
  name: 'elsewhere',
  weights: 'a'.repeat(64),
  path: '/models/ring.onnx',
  file: 'b'.repeat(64),
  latent: { input: 'z', size: 2, law: 'gaussian' },
  classes: null,
  layerNoise: null,
  truncation: null,
  output: { name: 'samples', kind: 'points' },
  batch: null,
};

const QUESTION = {
  sweep: 'ring',
  trialId: 'a'.repeat(64),
  label: 'lr=0.001',
  score: 'js',
  goal: 'minimize',
  pairs: 8,
  baseline: 0.4,
  identical: false,
  pWorse: 0.001,
  diverged: null,
  pDiverges: null,
  seedsNeeded: null,
  because: null,
} as const;
const NIGHT: Parameters<Store['nights']['begin']>[0] = {
  id: newId(),
  scheduledFor: '2026-11-27',
  state: 'done',
  request: {
    baseline: 'main',
    saveBaseline: null,
    settings: { margin: 0.05, falseAlarms: 0.05, firstSeeds: 8 },
    sweeps: [{ name: 'ring', spec: {} }],
  },
  looks: [],
  report: {
    verdict: 'regressed',
    questions: [
      { ...QUESTION, key: 'a', verdict: 'regressed', tonight: 0.43, worse: 0.063, low: 0.031, high: 0.096 },
      { ...QUESTION, key: 'b', score: 'kl', verdict: 'unchanged', tonight: 0.4, worse: 0, low: -0.01, high: 0.01 },
    ],
    changes: [{ what: 'lockfile', baseline: 'a1', tonight: 'b2', details: ['zod 4.6.6 → 4.6.7'] }],
    faults: [],
    circumstances: { commit: 'abc', lockfile: null, backends: ['onnx 1 on cpu'], data: {}, trainingVersion: 2 },
    baselineSavedAt: '2026-11-01T00:00:00.000Z',
  },
};

/** What a page hears when its tab is left or comes back. */
function hide(hidden: boolean): void {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event('visibilitychange'));
}

/** How many colours a canvas shows. */
function coloursOf(canvas: SVGElement | HTMLElement): number {
  const { width, height } = canvas as HTMLCanvasElement;
  const { data } = (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height) ?? { data: [] };
  return new Set(Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 3).join())).size;
}

describe.skipIf(!CHROMIUM)('the dashboard in a browser', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gansweep-page-'));
  const complaints: string[] = [];
  const workerId = newId<WorkerId>();
  let database: TestDatabase;
  let store: Store;
  let address: string;
  let browser: Browser;
  let page: Page;
  let unfinished: ClaimedRun;
  const closers: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    store = createStore({ databaseUrl: database.url });
    const log = createLog({ name: 'api', level: 'silent' });
    const artifacts = fileArtifacts(folder);
    const doorbell = createDoorbell({ databaseUrl: database.url, redisUrl: null, log });
    const config = readConfig({ GANSWEEP_PORT: '0', GANSWEEP_ARTIFACTS: `file:${folder}` });
    const api = await startApi({
      config,
      store,
      doorbell,
      artifacts,
      log,
      dashboardDir: path.resolve(import.meta.dirname, '../dist'),
    });
    address = api.address;
    closers.push(
      () => api.close(),
      () => doorbell.close(),
    );
    const client = createClient({ baseUrl: address });
    await client.submitSweep({ text: JSON.stringify(SPEC), format: 'json' });
    await store.runs.workerBeat({ ...buildWorker(workerId), backend: 'onnx' });
    const claimed = await store.runs.claim({ workerId, slot: 0, limit: 4, leaseMs: 600_000 });
    for (const run of claimed) await record(run, artifacts);
    unfinished = claimed.at(-1) as ClaimedRun;
    for (const run of claimed.slice(0, -1)) await finish(run);
    await store.generators.register(ELSEWHERE);
    await store.generators.score(ELSEWHERE.name, { weights: ELSEWHERE.weights, at: null }, [
      { protocol: 'density2d/v1', passport: { metric: { id: 'density2d/v1' } }, scores: { js: 0.4321 } },
    ]);
    browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ARGUMENTS });
    page = await browser.newPage({ viewport: { width: 1300, height: 900 } });
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    for (const close of closers) await close();
    await store?.close();
    await database?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const record = async (run: ClaimedRun, artifacts: ReturnType<typeof fileArtifacts>): Promise<void> => {
    const data = new Float32Array(1_000);
    randomStream(run.seed, 1).normals(0, data);
    const artifact = `runs/${run.runId}/e1/3200.png`;
    await artifacts.write(artifact, renderSamples({ kind: 'points', count: 500, data }, 'ring8'));
    const [picture, numbers] = [`runs/${run.runId}/e1/p.png`, `runs/${run.runId}/e1/p.json`] as const;
    await artifacts.write(picture, renderSamples({ kind: 'points', count: 500, data }, 'ring8'));
    await artifacts.write(numbers, new TextEncoder().encode('{}'));
    const points = Array.from({ length: 40 }, (_, i) => ({
      name: 'lossD' as const,
      imagesSeen: (i + 1) * 80,
      value: 1 + run.configuration.lrG * i,
    }));
    const samples = [{ imagesSeen: 3_200, artifact }];
    const panels = [{ name: 'd-surface' as const, imagesSeen: 3_200, picture, data: numbers }];
    const start = { backend: { name: 'onnx', version: '1', device: 'cpu' }, resumedAtImages: 0 };
    const report = buildReport(run, { start, imagesSeen: 3_200, points, samples, panels });
    await store.runs.report({ leaseMs: 600_000, runs: [report] });
  };
  const finish = async (run: ClaimedRun): Promise<void> => {
    const evaluations = [
      {
        imagesSeen: 6_400,
        protocol: 'density2d/v1' as const,
        passport: { metric: { id: 'density2d/v1' } },
        scores: { js: run.configuration.lrG * run.seed, kl: 1 },
        seconds: 1,
      },
      {
        imagesSeen: 6_400,
        protocol: 'speed-fd-points/v1' as const,
        passport: { metric: { id: 'speed-fd-points/v1' } },
        scores: { 'speed-fd-points': 3_200 },
        seconds: 0,
      },
    ];
    await store.runs.finish({
      runId: run.runId,
      epoch: run.epoch,
      outcome: { kind: 'succeeded', atImagesSeen: 6_400, endedBy: 'images' },
      seconds: 3,
      last: buildReport(run, { imagesSeen: 6_400, evaluations }),
    });
  };

  const figure = async (name: string): Promise<number> => {
    const words = await page.locator('.figures div', { hasText: name }).first().locator('dd').textContent();
    return Number(words?.replaceAll(',', ''));
  };
  /** A run that was trained in Node by the executor of the page, recorded as a worker does. */
  const recordForReal = async (): Promise<string> => {
    const client = createClient({ baseUrl: address });
    await client.submitSweep({
      text: JSON.stringify({
        ...SPEC,
        name: 'for-real',
        seeds: 1,
        parameters: { ...SPEC.parameters, nz: { value: 3 }, lr: { value: 0.005 } },
      }),
      format: 'json',
    });
    const [run] = await store.runs.claim({ workerId, slot: 0, limit: 1, leaseMs: 600_000 });
    if (!run) throw new Error('nothing was queued');
    const executor = wasmExecutor();
    const { name, version, device } = executor;
    const start = { backend: { name, version, device }, resumedAtImages: 0 };
    const points: { name: CurveName; imagesSeen: number; value: number }[] = [];
    for await (const event of trainGan({
      configuration: run.configuration,
      seed: run.seed,
      reals: planeReals('ring8'),
      executor,
      resume: null,
      evaluateAt: [],
      samplesAt: [],
      checkpointDue: () => false,
      stop: () => 'go-on',
      seconds: () => 0,
    }))
      if (event.kind === 'points')
        for (const [curve, value] of Object.entries(event.values))
          points.push({ name: curve as CurveName, imagesSeen: event.imagesSeen, value });
    await store.runs.report({ leaseMs: 600_000, runs: [buildReport(run, { start, imagesSeen: 6_400, points })] });
    return run.runId;
  };

  it('lists the sweep and leads to its page', async () => {
    await page.goto(address);
    await page.getByRole('link', { name: 'seen-by-a-person' }).click();
    await page.getByText('Does the page show what was recorded?').waitFor();
  });

  it('shows trials with mean and interval, overlaid curves, sample grids and the state of every run', async () => {
    // Seeds 1 and 2 at lr .001: mean .0015, half-width 12.7062 · .000707 / √2 = .006353.
    await page.getByRole('cell', { name: '0.0015 [-0.004853, 0.007853]' }).waitFor();
    await page.getByRole('row', { name: 'generator elsewhere 0.4321' }).waitFor();
    await page.locator('.plot canvas').waitFor();
    // A legend entry a run, and one for the axis.
    await expect.poll(() => page.locator('.plot .u-series').count()).toBe(5);
    await expect
      .poll(() =>
        page
          .locator('img.samples')
          .evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth > 0)),
      )
      .toEqual([true, true, true, true]);
    expect(await page.locator('table span.state-running').count()).toBe(1);
    expect(await page.locator('table span.state-succeeded').count()).toBeGreaterThanOrEqual(3);
  });

  it('shows a change as it happens, without a reload', async () => {
    await page.evaluate(() => {
      (window as unknown as { untouched: boolean }).untouched = true;
    });
    await finish(unfinished);
    await expect.poll(() => page.locator('table span.state-running').count(), { timeout: 10_000 }).toBe(0);
    await page.getByRole('cell', { name: /^0\.015 \[/ }).waitFor();
    expect(await page.evaluate(() => (window as unknown as { untouched?: boolean }).untouched)).toBe(true);
  });

  it('shows which parameter matters, and its course', async () => {
    // Mean js .0015 and .015 of a whole grid of one parameter.
    await page.getByRole('row', { name: /^lr 100 %/ }).waitFor();
    await page.getByRole('button', { name: 'lr', exact: true }).click();
    await page.getByRole('img', { name: 'js over lr: predicted mean with its interval, and 2 trials' }).waitFor();
    expect(await page.locator('.course circle').count()).toBe(2);
  });

  it('shows one kind of panel of all runs side by side', async () => {
    await page.getByRole('heading', { name: 'Panels' }).waitFor();
    await expect
      .poll(() =>
        page
          .locator('.panels.compared img')
          .evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth)),
      )
      .toEqual([384, 384, 384, 384]);
  });

  it('opens a run with its configuration, curves, evaluation and attempt', async () => {
    await page.locator('.strips a').first().click();
    await page.getByRole('heading', { name: 'Configuration' }).waitFor();
    await page.locator('.plot canvas').first().waitFor();
    await page.getByText('Passports: how each score was made').click();
    await page.getByText('density2d/v1').first().waitFor();
    await page.getByRole('row', { name: /^js nats, lower is better 0.00\d+ Jensen-Shannon divergence/ }).waitFor();
    await page.getByRole('row', { name: /^speed-fd-points images, lower is better 3200 real images until/ }).waitFor();
    await page.getByRole('img', { name: 'What D makes of the plane, after 3,200 images' }).waitFor();
    await page.getByRole('link', { name: 'numbers' }).waitFor();
    await page.getByRole('cell', { name: 'finished' }).waitFor();
  });

  it('lists nights and leads to what one found, by the keyboard alone, in both themes', async () => {
    await store.nights.begin(NIGHT);
    await page.goto(address);
    await page.getByRole('link', { name: 'Nights' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('row', { name: /^2026-11-27 regressed 1 regressed · 1 unchanged ring main / }).waitFor();
    await page.getByRole('link', { name: '2026-11-27' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Of 2 scores 1 regressed · 1 unchanged.').waitFor();
    await page
      .getByRole('row', { name: /^regressed ring lr=0.001 js 8 0.4 0.43 \+6.3 % \[\+3.1 %, \+9.6 %\]/ })
      .waitFor();
    await page.getByRole('img', { name: /^\+6.3 % .* beside a margin of \+5 %/ }).waitFor();
    await page.getByText('zod 4.6.6 → 4.6.7').waitFor();
    const colour = () =>
      page.getByRole('row', { name: /^regressed/ }).evaluate((row) => {
        const word = row.querySelector('.state');
        return word === null ? '' : getComputedStyle(word).color;
      });
    expect(await colour()).toBe('rgb(179, 38, 30)');
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await colour()).toBe('rgb(255, 138, 128)');
    await page.emulateMedia({ colorScheme: null });
  });

  it('trains a GAN of the plane live, as fast as it can', async () => {
    await page.getByRole('link', { name: 'Live' }).click();
    await page.getByRole('button', { name: 'Start' }).click();
    await expect.poll(() => figure('images seen'), { timeout: 30_000 }).toBeGreaterThan(5_000);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused.').waitFor();
    expect(await figure('images/s')).toBeGreaterThan(0);
    expect(await figure('js')).toBeGreaterThan(0);
    const seen = await figure('images seen');
    await page.getByRole('button', { name: 'Step' }).click();
    await expect.poll(() => figure('images seen')).toBe(seen + 64);
    // Blue for real, orange for generated, and what D makes of the plane between them.
    expect(await page.locator('canvas.plane').evaluate(coloursOf)).toBeGreaterThan(50);
    expect(await page.locator('.live .uplot canvas').count()).toBe(2);
    await page.getByLabel('lrG').fill('not a number');
    await page.getByText('lrG must be a number').waitFor();
    await page.getByRole('button', { name: 'Reset' }).click();
    await expect.poll(() => figure('images seen')).toBe(0);
  });

  it('trains nothing while its tab is hidden', async () => {
    await page.getByLabel('lrG').fill('0.002');
    await page.getByRole('button', { name: 'Start' }).click();
    await expect.poll(() => figure('images seen')).toBeGreaterThan(0);
    await page.evaluate(hide, true);
    await page.getByText('Paused.').waitFor();
    const seen = await figure('images seen');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await figure('images seen')).toBe(seen);
    await page.evaluate(hide, false);
    await expect.poll(() => figure('images seen')).toBeGreaterThan(seen);
    await page.getByRole('button', { name: 'Pause' }).click();
  });

  it('trains a stored run again to the bit', async () => {
    const run = await recordForReal();
    await page.goto(`${address}/#/runs/${run}`);
    await page.getByRole('link', { name: 'train it here' }).click();
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('All 50 recorded points so far equal the stored ones to the bit.').waitFor();
    await page.getByText("The run's budget is used").waitFor();
    expect(await figure('images seen')).toBe(6_400);
  });

  it('did all of it without an error or a breach of the content security policy', () => {
    expect(complaints).toEqual([]);
  });
});
