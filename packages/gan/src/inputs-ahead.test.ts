import type { ImageReals } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { readAhead, roundLaw, smallImages, smallPlane, stripes } from '../test/small-runs.ts';
import { inputsAhead } from './inputs-ahead.ts';
import { iterationInputs } from './iteration-inputs.ts';

// 240 images in batches of 4: 60 iterations.
const CONFIGURATION = smallImages();

const open = (reals: ImageReals, from = 0) => {
  const request = { configuration: CONFIGURATION, seed: 3, reals, from };
  return inputsAhead(iterationInputs(CONFIGURATION, 3, reals), request);
};

describe('inputs taken ahead', () => {
  it.each([
    ['one by one', [1, 1, 1, 1, 1]],
    ['in calls that grow and shrink', [1, 2, 9, 3, 1, 30, 7]],
    ['from the middle on', [5, 5], 31],
  ])('are those of the iterations, bit for bit: %s', async (_, calls, from = 0) => {
    const direct = iterationInputs(CONFIGURATION, 3, stripes());
    await using ahead = open(readAhead(stripes()), from);
    let first = from;
    for (const steps of calls) {
      expect(await ahead.take(first, steps)).toEqual(direct.forIterations(first, steps));
      first += steps;
    }
  });

  it('are read while the call before is under way, and not past the end of the run', async () => {
    const asked: number[] = [];
    const images = readAhead(stripes());
    const counted: ImageReals = {
      ...images,
      openReader: () => {
        const reader = images.openReader?.(1_000);
        if (!reader) throw new Error('no reader');
        return { ...reader, ask: (positions) => [asked.push(positions.length), reader.ask(positions)] };
      },
    };
    await using ahead = open(counted);
    // Four iterations of four images from the beginning; then always as many as the last call took.
    expect(asked).toEqual([16]);
    await ahead.take(0, 1);
    expect(asked).toEqual([16]);
    await ahead.take(1, 10);
    expect(asked).toEqual([16, 28, 40]);
    await ahead.take(11, 48);
    expect(asked).toEqual([16, 28, 40, 152, 4]);
    await ahead.take(59, 1);
    expect(asked).toHaveLength(5);
  });

  it('are refused out of turn', async () => {
    await using ahead = open(readAhead(stripes()));
    await ahead.take(0, 2);
    await expect(ahead.take(1, 1)).rejects.toThrow('next are 8 to 240');
    await expect(ahead.take(2, 59)).rejects.toThrow(RangeError);
  });

  it('of a law, or of images in memory, are made when they are wanted, in any order', async () => {
    const law = roundLaw({ centre: [0, 0], sigma: 1 });
    for (const [configuration, reals] of [
      [smallPlane(), law],
      [CONFIGURATION, stripes()],
    ] as const) {
      const [inputs, direct] = [iterationInputs(configuration, 3, reals), iterationInputs(configuration, 3, reals)];
      await using ahead = inputsAhead(inputs, { configuration, seed: 3, reals, from: 0 });
      expect(await ahead.take(7, 2)).toEqual(direct.forIterations(7, 2));
    }
  });
});
