import { describe, expect, it } from 'vitest';
import { planTraining } from './plan-training.ts';

describe('the plan of a training', () => {
  it.each([
    // images, batch, dSteps → iterations, images an iteration, recording interval, images at the end
    [{ images: 40_000, batch: 64, dSteps: 1 }, [625, 64, 15, 40_000]],
    [{ images: 40_001, batch: 64, dSteps: 1 }, [626, 64, 15, 40_064]],
    [{ images: 512_000, batch: 64, dSteps: 5 }, [1_600, 320, 40, 512_000]],
    [{ images: 1_000_000, batch: 10, dSteps: 1 }, [100_000, 10, 50, 1_000_000]],
    [{ images: 1_000, batch: 100, dSteps: 0 }, [10, 100, 1, 1_000]],
    [{ images: 1, batch: 512, dSteps: 1 }, [1, 512, 1, 512]],
  ])('of %j is %j', (budget, [iterations, imagesPerIteration, recordEvery, totalImages]) => {
    expect(planTraining(budget)).toEqual({ iterations, imagesPerIteration, recordEvery, totalImages });
  });

  it('leaves at least forty recordings wherever there are forty iterations', () => {
    for (let iterations = 40; iterations < 5_000; iterations += 7) {
      const plan = planTraining({ images: iterations, batch: 1, dSteps: 1 });
      expect(Math.ceil(plan.iterations / plan.recordEvery)).toBeGreaterThanOrEqual(40);
    }
  });
});
