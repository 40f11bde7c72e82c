import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDataset } from '@gansweep/datasets';
import type { DcganConfiguration, RealSource } from '@gansweep/domain';
import { trainGan } from '@gansweep/gan';
import { type Executor, onnxExecutor } from '@gansweep/program';
import type { DataWaitCase, DataWay } from './cases.ts';
import type { DataWaitTimes } from './result.ts';

/**
 * Whole trainings on the digits of the file that workers read too, in interleaved rounds.
 * @returns by way: share of the calls' seconds in which the step waited for its inputs, and real images a second.
 */
export async function measureDataWait(
  { configuration, ways }: Pick<DataWaitCase, 'configuration' | 'ways'>,
  rounds: number,
): Promise<ReadonlyMap<DataWay, DataWaitTimes>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'gansweep-bench-'));
  const found = new Map(ways.map((way) => [way, { waited: [], imagesPerSecond: [], curves: [] } as Gathered]));
  try {
    const { train } = await openDataset(configuration, { folder });
    const executor = await onnxExecutor();
    for (let round = 0; round < rounds; round++)
      for (const way of round % 2 ? ways.toReversed() : ways) {
        const one = await trainOnce(configuration, executor, way === 'ahead' ? train : withoutReader(train));
        const all = found.get(way);
        all?.waited.push(one.waited);
        all?.imagesPerSecond.push(one.imagesPerSecond);
        all?.curves.push(one.curve);
      }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return found;
}

interface Gathered {
  readonly waited: number[];
  readonly imagesPerSecond: number[];
  readonly curves: string[];
}

function withoutReader(reals: RealSource): RealSource {
  if (reals.kind === 'plane') return reals;
  const { openReader: _, ...rest } = reals;
  return rest;
}

/** One training from its first call to its last; the first interval is left out, which is as long as a guess makes it. */
async function trainOnce(
  configuration: DcganConfiguration,
  executor: Executor,
  reals: RealSource,
): Promise<{ readonly waited: number; readonly imagesPerSecond: number; readonly curve: string }> {
  const hash = createHash('md5');
  let [images, seconds, waited, before] = [0, 0, 0, 0];
  const training = trainGan({
    configuration,
    seed: 1,
    reals,
    executor,
    resume: null,
    evaluateAt: [],
    samplesAt: [],
    checkpointDue: () => false,
    stop: () => 'go-on',
    seconds: () => performance.now() / 1000,
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  });
  for await (const event of training) {
    if (event.kind !== 'points') continue;
    const { imagesPerSecond = Number.NaN, dataWait = Number.NaN, lossD, lossG } = event.values;
    hash.update(`${lossD} ${lossG} `);
    const seen = event.imagesSeen - before;
    if (before > 0) {
      images += seen;
      seconds += seen / imagesPerSecond;
      waited += (dataWait * seen) / imagesPerSecond;
    }
    before = event.imagesSeen;
  }
  return { waited: waited / seconds, imagesPerSecond: images / seconds, curve: hash.digest('hex') };
}
