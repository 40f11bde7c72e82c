import { expect, it } from 'vitest';
import { evaluateExpression } from '../test/evaluate-expression.ts';
import { smallStyle } from '../test/small-runs.ts';
import { averageDecays, averaged } from './averaged-generator.ts';

/** Four images an iteration, a half-life of a hundred. */
const configuration = smallStyle({ batch: 4, ema: 0.1 });
const keptIn = (iteration: number): number => averageDecays(configuration, iteration, 1)[0] as number;

it('an average keeps nothing at first, halves itself in a twentieth of the images seen, and later in its half-life', () => {
  expect(keptIn(0)).toBe(0);
  expect(keptIn(1)).toBeCloseTo(0.5 ** (4 / 0.2), 7);
  expect(keptIn(100)).toBeCloseTo(0.5 ** (4 / 20), 7);
  expect(keptIn(500)).toBeCloseTo(0.5 ** (4 / 100), 7);
  expect(keptIn(5_000)).toBeCloseTo(0.5 ** (4 / 100), 7);
});

it('what it keeps and what it takes add up to all, wherever calls are cut', () => {
  const together = averageDecays(configuration, 98, 5);
  for (let i = 0; i < together.length; i += 2)
    expect((together[i] as number) + (together[i + 1] as number)).toBeCloseTo(1, 7);
  expect([...averageDecays(configuration, 98, 2), ...averageDecays(configuration, 100, 3)]).toEqual([...together]);
});

it('it moves towards G by what it takes', () => {
  const { after } = evaluateExpression(
    {
      before: { shape: [2], data: [4, -8] },
      parameters: { shape: [2], data: [8, 0] },
      decays: { shape: [2], data: [0.25, 0.75] },
    },
    ({ before, parameters, decays }) => ({ after: averaged(before, parameters, decays) }),
  );
  expect([...after]).toEqual([7, -2]);
});
