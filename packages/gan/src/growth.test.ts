import { describe, expect, it } from 'vitest';
import { smallStyleLike } from '../test/small-runs.ts';
import { optimisersBegan, optimisersBegin, presences } from './growth.ts';
import { iterationsTogether } from './regularisation/schedule.ts';

/** Images of 32 px, 4 an iteration: 16 px fade in from iteration 10 to 20, 32 px from 30 to 40. */
const growing = smallStyleLike('stylegan', { resolution: 32, progressive: true, growKimg: 0.04, r1Gamma: 0 });
const iterations = Array.from({ length: 60 }, (_, i) => i);

describe('growing from 8 to 32 px', () => {
  it('fades every doubling in evenly, after as many images of the size before', () => {
    const presence = presences(growing)?.(0, 60) ?? new Float32Array();
    const [of16, of32] = [0, 1].map((k) => iterations.map((i) => presence[2 * i + k] as number));
    expect([0, 10, 13, 15, 20, 59].map((i) => of16?.[i])).toEqual([0, 0, Math.fround(0.3), 0.5, 1, 1]);
    expect([20, 30, 35, 39, 40, 59].map((i) => of32?.[i])).toEqual([0, 0, 0.5, Math.fround(0.9), 1, 1]);
    expect(presences(growing)?.(13, 2)).toEqual(presence.slice(26, 30));
  });

  it('begins the optimisers anew with each of them', () => {
    expect(iterations.filter((i) => optimisersBegin(growing, i))).toEqual([10, 30]);
    expect([0, 9, 10, 29, 30, 59].map((i) => optimisersBegan(growing, i))).toEqual([0, 0, 10, 10, 30, 30]);
  });

  it('ends a call before', () => {
    expect([0, 6, 10, 27].map((from) => iterationsTogether(growing, from, 25))).toEqual([10, 4, 20, 3]);
  });

  it('goes by images: of twice the batch, in half the iterations', () => {
    const twice = { ...growing, dSteps: 2 };
    expect(iterations.filter((i) => optimisersBegin(twice, i))).toEqual([5, 15]);
    expect(presences(twice)?.(7, 1)[0]).toBe(Math.fround((56 - 40) / 40));
  });
});

it('nothing grows that is not told to', () => {
  const usual = smallStyleLike('stylegan', { resolution: 32 });
  expect(presences(usual)).toBeNull();
  expect(iterations.filter((i) => optimisersBegin(usual, i))).toEqual([]);
});
