import type { Mlp2dConfiguration } from '@gansweep/domain';
import { type LoadedProgram, wasmExecutor } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import { type LivePoint, openLiveTraining } from '../src/browser.ts';
import { planTraining } from '../src/index.ts';
import { roundLaw, smallPlane, tell } from './small-runs.ts';

const ROUND = roundLaw({ centre: [0.5, -0.3], sigma: 0.4 });
const SEED = 5;

async function recorded(configuration: Mlp2dConfiguration): Promise<readonly LivePoint[]> {
  const { events } = await tell({ configuration, reals: ROUND, executor: wasmExecutor(), seed: SEED });
  return events.flatMap((event) =>
    event.kind === 'points' ? [{ imagesSeen: event.imagesSeen, values: event.values }] : [],
  );
}

const open = (configuration: Mlp2dConfiguration) =>
  openLiveTraining({ configuration, seed: SEED, reals: ROUND, executor: wasmExecutor() });

describe('a training that is watched', () => {
  it.each([
    ['whole intervals', smallPlane({ images: 8 * 90 })],
    ['a last interval that is shorter', smallPlane({ images: 2 * 8 * 83, dSteps: 2 })],
  ])("records a run's own points to the bit, however it is advanced: %s", async (_, configuration) => {
    await using live = await open(configuration);
    const points: LivePoint[] = [];
    for (let turn = 0; live.imagesSeen() < planTraining(configuration).totalImages; turn++) {
      const { point } = await live.advance(1 + (turn % 3));
      if (point) points.push(point);
    }
    expect(points).toEqual(await recorded(configuration));
  });

  it('goes on past its budget, an interval at a time', async () => {
    await using live = await open(smallPlane({ images: 8 * 45 }));
    while (live.imagesSeen() < live.plan.totalImages) await live.advance(50);
    const { point } = await live.advance(50);
    expect(point?.imagesSeen).toBe(live.plan.totalImages + live.plan.imagesPerIteration * live.plan.recordEvery);
  });

  it('shows where G puts points and what D makes of them', async () => {
    await using live = await open(smallPlane());
    const [few, many] = [await live.draw(150), await live.draw(300)];
    expect(many.subarray(0, 300)).toEqual(few);
    const judged = await live.judge(many);
    expect(judged).toHaveLength(300);
    expect(judged.every((probability) => probability > 0 && probability < 1)).toBe(true);
    // A point is judged alike wherever it stands.
    expect((await live.judge(many.subarray(580, 600))).at(-1)).toBe(judged.at(-1));
    await live.advance(40);
    expect(await live.draw(150)).not.toEqual(few);
  });

  it('ends as its run does where that diverges', async () => {
    const configuration = smallPlane({ lrG: 1e30, lrD: 1e30, optimizer: 'sgd', sgdMomentum: 0 } as never);
    const { end } = await tell({ configuration, reals: ROUND, executor: wasmExecutor(), seed: SEED });
    await using live = await open(configuration);
    for (;;) {
      const step = await live.advance(50);
      if (step.kind === 'went-on') continue;
      expect({ kind: 'diverged', imagesSeen: live.imagesSeen(), firstBadTensor: step.firstBadTensor }).toEqual(end);
      return;
    }
  });

  it('gives back everything that it loaded', async () => {
    let held = 0;
    const plain = wasmExecutor();
    const counting = {
      ...plain,
      load: async (program: Parameters<typeof plain.load>[0]): Promise<LoadedProgram> => {
        const loaded = await plain.load(program);
        held += 1;
        return {
          ...loaded,
          [Symbol.asyncDispose]: async () => {
            held -= 1;
            await loaded[Symbol.asyncDispose]();
          },
        };
      },
    };
    const live = await openLiveTraining({ configuration: smallPlane(), seed: SEED, reals: ROUND, executor: counting });
    expect(held).toBe(3);
    await live[Symbol.asyncDispose]();
    expect(held).toBe(0);
  });
});
