import type { Client, RunAnswer } from '@gansweep/contract';
import type { PanelName } from '@gansweep/domain';
import { openGenerator } from '@gansweep/gan';
import { readConfig } from '@gansweep/runtime';
import type { TakenMeasure } from '@gansweep/verdict';
import { chooseExecutor } from '@gansweep/worker';
import { decode } from 'fast-png';
import { keptGenerator } from '../export/export-run.ts';

type Taker = (client: Client, run: RunAnswer) => Promise<number | null>;

/** How each measure is taken of a run that has ended; null where the run does not have what it needs. */
export const TAKERS: Readonly<Record<TakenMeasure, Taker>> = {
  'code-variance': async (client, run) => {
    const moments = (await lastPanel(client, run, 'reconstructions'))?.codeMoments as
      | { variance: number[] }
      | undefined;
    return moments ? mean(moments.variance) : null;
  },
  'codes-not-normal': async (client, run) => {
    const tests = (await lastPanel(client, run, 'reconstructions'))?.codeNormality as { p: number[] } | undefined;
    return tests ? mean(tests.p.map((p) => (p < SIGNIFICANT ? 1 : 0))) : null;
  },
  'gradient-at-fakes': gradientAtFakes,
  'grid-change': gridChange,
  'sampling-memory-growth': samplingMemoryGrowth,
  seconds: async (_, run) => run.cost.seconds,
};

const SIGNIFICANT = 0.05;
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The numbers behind a run's last panel of a name. */
async function lastPanel(client: Client, run: RunAnswer, name: PanelName): Promise<Record<string, unknown> | null> {
  const panels = (await client.listPanels({ id: run.id, limit: 500 })).items.filter((panel) => panel.name === name);
  const last = panels.toSorted((a, b) => a.imagesSeen - b.imagesSeen).at(-1);
  return last ? client.getPanelData({ id: run.id, name, images: last.imagesSeen }) : null;
}

/** Mean length of the gradient of D(x) at generated points, of the last picture of D's surface. */
async function gradientAtFakes(client: Client, run: RunAnswer): Promise<number | null> {
  const data = await lastPanel(client, run, 'd-surface');
  if (!data) return null;
  const { of } = data.gradients as { readonly of: readonly (readonly [number, number])[] };
  return mean(of.map(([x, y]) => Math.hypot(x, y)));
}

/** Mean difference of pixels, 0 … 1, between the last two grids of the same noise. */
async function gridChange(client: Client, run: RunAnswer): Promise<number | null> {
  const grids = (await client.listSamples({ id: run.id, limit: 500 })).items
    .toSorted((a, b) => a.imagesSeen - b.imagesSeen)
    .slice(-2);
  if (grids.length < 2) return null;
  const [before, after] = await Promise.all(
    grids.map(async ({ imagesSeen }) => decode(await client.getSample({ id: run.id, images: imagesSeen })).data),
  );
  if (!before || !after || before.length !== after.length) return null;
  let sum = 0;
  for (let i = 0; i < before.length; i++) sum += Math.abs((after[i] as number) - (before[i] as number));
  return sum / before.length / 255;
}

const DRAWS = 60;
const IMAGES_A_DRAW = 100;

/** Resident memory after sixty samplings / after twenty of one opened generator: 1 where it is flat. */
async function samplingMemoryGrowth(client: Client, run: RunAnswer): Promise<number | null> {
  const kept = await keptGenerator(client, run, null);
  const config = readConfig(process.env);
  await using generator = await openGenerator(kept.bytes, await chooseExecutor(config.backend, config));
  let third = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    await generator.draw({ count: IMAGES_A_DRAW, seed: 1, start: draw * IMAGES_A_DRAW });
    if (draw === DRAWS / 3) third = process.memoryUsage.rss();
  }
  return process.memoryUsage.rss() / third;
}
