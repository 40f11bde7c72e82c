import { openDataset } from '@gansweep/datasets';
import { trainGan } from '@gansweep/gan';
import { type Executor, wasmExecutor } from '@gansweep/program';
import { buildConfiguration } from '@gansweep/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LaneNews } from '../messages.ts';
import { runPanels } from './run-panels.ts';

const CONFIGURATION = buildConfiguration({ dataset: 'ring8', images: 25_600, batch: 128, widthG: 4, widthD: 4 });

/** An executor that counts the programs that are loaded and not disposed of. */
function counted(): { readonly executor: Executor; readonly live: () => number; readonly loaded: () => number } {
  const inner = wasmExecutor();
  let [loads, live] = [0, 0];
  return {
    executor: {
      ...inner,
      load: async (program) => {
        const loaded = await inner.load(program);
        loads += 1;
        live += 1;
        const dispose = loaded[Symbol.asyncDispose].bind(loaded);
        loaded[Symbol.asyncDispose] = async () => {
          live -= 1;
          await dispose();
        };
        return loaded;
      },
    },
    live: () => live,
    loaded: () => loads,
  };
}

describe('panels of a run', () => {
  let checkpoint: Uint8Array;
  const dataset = openDataset(CONFIGURATION, { folder: '', note: () => {}, version: null });
  beforeAll(async () => {
    const training = trainGan({
      configuration: CONFIGURATION,
      seed: 1,
      reals: (await dataset).train,
      executor: wasmExecutor(),
      resume: null,
      evaluateAt: [],
      samplesAt: [],
      checkpointDue: () => false,
      stop: () => 'go-on',
      seconds: () => performance.now() / 1000,
      turn: async () => {},
    });
    for (;;) {
      const { done, value } = await training.next();
      if (!done) continue;
      if (value.kind === 'diverged') throw new Error('diverged');
      checkpoint = value.checkpoint;
      return;
    }
  });

  async function panels(
    executor: Executor,
    { write = async () => ({ sha256: '', bytes: 0 }), slotSeconds = 1_000, totalImages = 200_000 } = {},
  ) {
    const news: LaneNews[] = [];
    const artifacts = { write, read: async () => null, remove: async () => {} } as never;
    const made = runPanels(
      { artifacts, tell: (one) => void news.push(one) },
      {
        folder: 'runs/1/e1',
        dataset: await dataset,
        executor,
        totalImages,
        seconds: () => performance.now() / 1000,
        slotSeconds: () => slotSeconds,
        share: 0.1,
        turn: async () => {},
      },
    );
    const told = (): readonly string[] =>
      news.map((one) => (one.kind === 'panel' ? `${one.panel.name}@${one.panel.imagesSeen}` : 'log'));
    return { made, told };
  }
  const moment = (isEnd: boolean) => ({ checkpoint, imagesSeen: 25_600, isEnd });

  it('are all made at the end, those of progress at evaluations; every program that they load is disposed of', async () => {
    const { executor, live, loaded } = counted();
    const { made, told } = await panels(executor);
    await made.ofNetworks(moment(false));
    expect(told()).toEqual(['d-surface@25600', 'd-response@25600']);
    await made.ofNetworks(moment(true));
    expect(told().slice(2)).toEqual(['d-surface@25600', 'g-manifold@25600', 'd-response@25600']);
    expect(loaded()).toBe(6);
    expect(live()).toBe(0);
  });

  it('that cannot be kept leave no program behind, and the log says which they were', async () => {
    const { executor, live, loaded } = counted();
    const { made, told } = await panels(executor, { write: () => Promise.reject(new Error('full')) });
    await made.ofNetworks(moment(true));
    expect(told()).toEqual(['log', 'log', 'log']);
    await made.ofNetworks({ ...moment(true), checkpoint: checkpoint.subarray(9) });
    expect(told()).toHaveLength(4);
    expect([loaded(), live()]).toEqual([3, 0]);
  });

  it('on the way take their share of what the run costs and no more; a short run of the plane has none there', async () => {
    const { made, told } = await panels(wasmExecutor(), { slotSeconds: 0 });
    await made.ofNetworks(moment(false));
    expect(told()).toEqual(['d-surface@25600', 'log']);
    const short = await panels(wasmExecutor(), { totalImages: 50_000 });
    await short.made.ofNetworks(moment(false));
    expect(short.told()).toEqual([]);
  });
});
