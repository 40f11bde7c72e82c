import { type Detector, recorded } from './run-history.ts';

const DIVERSITY_MIN = 0.5;
const MODES_SHARE_MIN = 0.5;
/** Part of the run after which little diversity is a collapse; of one that never had any it is, for a G that has not begun makes one picture too. */
const FROM_SHARE = 0.25;
const BEGUN_SHARE = 0.5;
/** Looks in a row that must agree. */
const LOOKS = 3;
/** Where diversity grew by this factor over those looks, G is on its way. */
const GROWTH_MAX = 1.25;

/**
 * G makes too little of what there is: the mean distance between two fakes is below half of that between two reals, or
 * fewer than half of the law's modes get their share, at three looks in a row after a quarter of the run, and it is not
 * getting better.
 */
export const collapse: Detector = (history) => {
  const { totalImages, modesOfLaw } = history;
  const all = recorded(history, 'sampleDiversity');
  const looks = all.slice(-LOOKS);
  const modes = recorded(history, 'sampleModes').slice(-LOOKS);
  const [first, last] = [looks[0], looks.at(-1)];
  if (!first || !last || looks.length < LOOKS || first.imagesSeen < FROM_SHARE * totalImages) return null;
  const hadSome = all.some(({ value }) => value >= DIVERSITY_MIN);
  const isLate = hadSome || first.imagesSeen >= BEGUN_SHARE * totalImages;
  if (isLate && looks.every(({ value }) => value < DIVERSITY_MIN) && last.value <= GROWTH_MAX * first.value)
    return { diversity: last.value, atLeast: DIVERSITY_MIN };
  if (modesOfLaw === null || modes.length < LOOKS) return null;
  const few = modes.every(({ value }) => value < MODES_SHARE_MIN * modesOfLaw);
  const [before, now] = [modes[0]?.value ?? 0, modes.at(-1)?.value ?? 0];
  return few && now <= before ? { modes: now, modesOfLaw, diversity: last.value } : null;
};
