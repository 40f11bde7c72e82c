import { type Detector, recorded } from './run-history.ts';

const NOVELTY_MIN = 0.6;
const LOOKS = 2;

/**
 * G repeats its training images: at two looks in a row the median distance of a fake to the nearest training image is
 * below six tenths of that of a held-out image.
 * @see Meehan, Chaudhuri, Dasgupta (2020), "A non-parametric test to detect data-copying", arXiv:2004.05675.
 */
export const memorisation: Detector = (history) => {
  const looks = recorded(history, 'sampleNovelty').slice(-LOOKS);
  return looks.length === LOOKS && looks.every(({ value }) => value < NOVELTY_MIN)
    ? { novelty: looks.at(-1)?.value ?? 0, atLeast: NOVELTY_MIN }
    : null;
};
