import { expect, it } from 'vitest';
import { smallPlane } from '../test/small-runs.ts';
import { lrFactors } from './lr-schedule.ts';

const STEP = { lrSchedule: 'step', lrStepFirst: 0.5, lrStepSecond: 0.75 } as const;

it('learning rates fall to a tenth at each share of the budget, wherever calls are cut', () => {
  const factors = lrFactors(smallPlane({ ...STEP, batch: 8, images: 64 }));
  const expected = [1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01].map(Math.fround);
  expect([...(factors?.(0, 8) ?? [])]).toEqual(expected);
  expect([0, 3, 5].flatMap((first, i) => [...(factors?.(first, [3, 2, 3][i] as number) ?? [])])).toEqual(expected);
});

it('a share of 1 is never reached, and without a schedule there are no factors', () => {
  const factors = lrFactors(smallPlane({ ...STEP, lrStepFirst: 1, lrStepSecond: 1, batch: 8, images: 60 }));
  expect(new Set(factors?.(0, 8))).toEqual(new Set([1]));
  expect(lrFactors(smallPlane())).toBeNull();
});
