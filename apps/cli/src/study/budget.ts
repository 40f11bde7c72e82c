import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from '@gansweep/contract';
import { type Configuration, dataHashOf } from '@gansweep/domain';
import type { Config } from '@gansweep/runtime';
import type { SweepPlan } from '@gansweep/spec';
import { fileArtifacts } from '@gansweep/store/file-artifacts';
import { trainHere } from '@gansweep/worker';
import { Broken } from '../failures.ts';
import type { ClaimSweep } from './study-files.ts';

/** What a claim's sweep will take. */
export interface ClaimBudget {
  readonly claim: string;
  readonly runs: number;
  /** Runs that a claim above it has too. */
  readonly shared: number;
  readonly images: number;
  /** Seconds of one slot for the runs that are its own. */
  readonly seconds: number;
  /** By runs that were trained here, each alone; false: by runs that the service recorded, packed as it packs them. */
  readonly isMeasured: boolean;
}

/** Seconds that a configuration takes: by the image, by the evaluation, and once. */
interface Speed {
  readonly secondsPerImage: number;
  readonly secondsPerEvaluation: number;
}

/** Iterations that tell a speed. */
const ITERATIONS = 40;
const SECONDS_OF_START = 1;

/**
 * Budgets in the order of the claims. Speeds are those of runs that the service has recorded; of networks that it has
 * none of, a few iterations are trained here.
 */
export async function budgetsOf(
  sweeps: readonly ClaimSweep[],
  {
    config,
    client,
    say,
  }: { readonly config: Config; readonly client: Client | null; readonly say: (line: string) => void },
): Promise<readonly ClaimBudget[]> {
  const seen = new Set<string>();
  const speeds = new Map<string, Speed>();
  const budgets: ClaimBudget[] = [];
  for (const { claim, plan, text } of sweeps) {
    let [shared, images, seconds] = [0, 0, 0];
    const recorded = client ? (await client.previewSweep(text)).estimatedCost.seconds : null;
    for (const { trialId, seed, configuration } of plan.runs(0, plan.runCount)) {
      const key = `${trialId}:${seed}`;
      if (seen.has(key)) {
        shared += 1;
        continue;
      }
      seen.add(key);
      images += configuration.images;
      if (recorded !== null) continue;
      const kind = speedKey(configuration);
      let speed = speeds.get(kind);
      if (!speed) {
        say(`measuring ${kind} …`);
        speed = await measureSpeed(configuration, plan, config);
        speeds.set(kind, speed);
      }
      seconds +=
        SECONDS_OF_START +
        configuration.images * speed.secondsPerImage +
        evaluationsOf(plan, configuration) * speed.secondsPerEvaluation;
    }
    const own = plan.runCount - shared;
    budgets.push({
      claim: claim.id,
      runs: plan.runCount,
      shared,
      images,
      seconds: recorded === null ? seconds : (recorded * own) / Math.max(plan.runCount, 1),
      isMeasured: recorded === null && own > 0,
    });
  }
  return budgets;
}

/** What decides how long an image takes, roughly. */
function speedKey(configuration: Configuration): string {
  const fields = configuration as unknown as Readonly<Record<string, unknown>>;
  const names = [
    'model',
    'dataset',
    'resolution',
    'batch',
    'ngf',
    'ndf',
    'widthG',
    'widthD',
    'kernel',
    'dSteps',
    'gSteps',
  ];
  return names.flatMap((name) => (fields[name] === undefined ? [] : [`${name} ${fields[name]}`])).join(', ');
}

function evaluationsOf({ evaluation }: SweepPlan, { images }: Configuration): number {
  return evaluation.every === null || evaluation.every === undefined ? 4 : Math.ceil(images / evaluation.every);
}

async function measureSpeed(first: Configuration, plan: SweepPlan, config: Config): Promise<Speed> {
  const images = ITERATIONS * first.batch * Math.max(first.dSteps, 1);
  const folder = mkdtempSync(path.join(tmpdir(), 'gansweep-speed-'));
  const rates: number[] = [];
  let lastPoints = performance.now();
  try {
    const end = await trainHere({
      job: {
        configuration: { ...first, images: Math.max(1_000, images) },
        seed: 1,
        dataHash: dataHashOf(first.dataset, []),
        folder: null,
        plans: [{ ...plan.evaluation, every: 1e9 }],
      },
      backend: config.backend,
      backendHome: config.backendHome,
      artifacts: fileArtifacts(folder),
      datasets: config.datasets,
      home: config.home,
      trainers: config.trainers,
      plugins: config.plugins,
      evaluationShare: 1,
      tell: (news) => {
        if (news.kind !== 'points' || news.values.imagesPerSecond === undefined) return;
        rates.push(news.values.imagesPerSecond);
        lastPoints = performance.now();
      },
    });
    if (end.kind === 'failed') throw new Broken(end.message);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const rate = rates.toSorted((a, b) => a - b)[Math.floor(rates.length / 2)];
  if (rate === undefined || !(rate > 0)) throw new Broken('the speed of this machine could not be measured');
  return { secondsPerImage: 1 / rate, secondsPerEvaluation: (performance.now() - lastPoints) / 1000 };
}
