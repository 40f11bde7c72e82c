import type { Client, RunAnswer } from '@gansweep/contract';
import { openGenerator } from '@gansweep/gan';
import { readConfig } from '@gansweep/runtime';
import type { TakenMeasure } from '@gansweep/verdict';
import { chooseExecutor } from '@gansweep/worker';
import { decode } from 'fast-png';
import { keptGenerator } from '../export/export-run.ts';

type Taker = (client: Client, run: RunAnswer) => Promise<number | null>;

/** How each measure is taken of a run that has ended; null where the run does not have what it needs. */
export const TAKERS: Readonly<Record<TakenMeasure, Taker>> = {
  'gradient-at-fakes': gradientAtFakes,
  'grid-change': gridChange,
  'sampling-memory-growth': samplingMemoryGrowth,
  seconds: async (_, run) => run.cost.seconds,
};

/** Mean length of the gradient of D(x) at generated points, of the last picture of D's surface. */
async function gradientAtFakes(client: Client, run: RunAnswer): Promise<number | null> {
  const panels = (await client.listPanels({ id: run.id, limit: 500 })).items.filter(({ name }) => name === 'd-surface');
  const last = panels.toSorted((a, b) => a.imagesSeen - b.imagesSeen).at(-1);
  if (!last) return null;
  const data = await client.getPanelData({ id: run.id, name: 'd-surface', images: last.imagesSeen });
  const { of } = data.gradients as { readonly of: readonly (readonly [number, number])[] };
  return of.reduce((sum, [x, y]) => sum + Math.hypot(x, y), 0) / of.length;
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
