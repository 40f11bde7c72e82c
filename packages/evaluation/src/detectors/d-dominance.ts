import type { Detector } from './run-history.ts';

const REAL_MIN = 0.9;
const FAKE_MAX = 0.1;
const ACCURACY_MIN = 0.95;
const SHARE_OF_RUN = 0.1;

/**
 * D wins: mean D(x) > .9 and mean D(G(z)) < .1, or an accuracy of D above .95, on a tenth of the run's budget or more.
 * Then G's gradient is small and its loss says little.
 */
export const dDominance: Detector = ({ imagesSeen, totalImages, curves }) => {
  const at = (name: 'dReal' | 'dFake' | 'accReal' | 'accFake', i: number): number => curves[name]?.[i] ?? Number.NaN;
  let images = 0;
  for (let i = 0; i < imagesSeen.length; i++) {
    const byScores = at('dReal', i) > REAL_MIN && at('dFake', i) < FAKE_MAX;
    const byAccuracy = (at('accReal', i) + at('accFake', i)) / 2 > ACCURACY_MIN;
    if (byScores || byAccuracy) images += (imagesSeen[i] as number) - (imagesSeen[i - 1] ?? 0);
  }
  const last = imagesSeen.length - 1;
  return images >= SHARE_OF_RUN * totalImages
    ? { shareOfRun: images / totalImages, dReal: at('dReal', last), dFake: at('dFake', last) }
    : null;
};
