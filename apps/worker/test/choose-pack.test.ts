import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeFolderSet, openDataset } from '@gansweep/datasets';
import type { Configuration, FolderId } from '@gansweep/domain';
import { renderSamples } from '@gansweep/evaluation';
import { type Executor, packedExecutor, referenceExecutor } from '@gansweep/program';
import { buildConfiguration, buildDigits } from '@gansweep/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { choosePack } from '../src/packs/choose-pack.ts';

const SIDE = 16;
let place: string;
beforeEach(() => {
  place = mkdtempSync(path.join(tmpdir(), 'gansweep-pack-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

/** A device whose calls cost more than what they compute. */
const NET = { msPerNode: 1, msPerFlop: 0, lanes: [2, 4, 8].map((lanes) => ({ lanes, times: 1 })) };
const executor = packedExecutor(referenceExecutor(), { lanes: 8 });

const choose = (configuration: Configuration) =>
  choosePack(
    { configuration, statementMs: 1, atMost: null, waiting: 100, slots: 1, alone: false },
    {
      executorFor: () => executor,
      costsOf: async () => ({ attemptMs: 1, dense: NET, convolutional: NET }),
      datasets: place,
      memory: () => 2 ** 40,
    },
  );

it('takes the first run on a folder alone, since its pictures may have to be prepared, and packs the others', async () => {
  const root = path.join(place, 'pictures');
  mkdirSync(root);
  for (let i = 0; i < 12; i++) {
    const data = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, at) => (at * (i + 3)) % 251);
    writeFileSync(
      path.join(root, `${i}.png`),
      renderSamples({ kind: 'images', count: 1, width: SIDE, height: SIDE, channels: 3, data }),
    );
  }
  const id: FolderId = 'folder:spots';
  const source = { root, channels: 3, background: [255, 255, 255], classes: 'none', excluded: [] } as const;
  const { version } = await makeFolderSet(id, source, { folder: place, side: SIDE });
  const configuration = buildDigits({ dataset: id, resolution: SIDE });

  expect(await choose(configuration)).toMatchObject({ size: 1, because: expect.stringContaining('first run') });
  await openDataset(configuration, { folder: place, version });
  expect((await choose(configuration)).size).toBe(8);
  expect((await choose({ ...configuration, resolution: 32 } as Configuration)).size).toBe(1);
});

it('counts once what the process of a claim holds once, as the library of TensorFlow', async () => {
  const inTurn: Executor = { ...referenceExecutor(), name: 'tensorflow' };
  const within = (mib: number) =>
    choosePack(
      { configuration: buildConfiguration(), statementMs: 1, atMost: null, waiting: 100, slots: 1, alone: false },
      {
        executorFor: () => inTurn,
        costsOf: async () => ({ attemptMs: 1, dense: { ...NET, msPerNode: 0, lanes: [] }, convolutional: null }),
        datasets: place,
        memory: () => mib * 2 ** 20,
      },
    );
  // The library takes 13 MiB, each run some four.
  expect((await within(96)).size).toBe(16);
  expect((await within(24)).because).toMatch(/there is memory for [2-3], not for 16/);
});

it('takes the first run on fractals alone', async () => {
  const { size, because } = await choose(buildDigits({ dataset: 'fractal', resolution: 32 }));
  expect([size, because]).toEqual([1, expect.stringContaining('first run on fractals')]);
});
