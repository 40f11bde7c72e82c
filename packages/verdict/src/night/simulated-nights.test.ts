import { randomStream } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { type Answer, judgeLook, type Question } from './judge-look.ts';

/** Seeds of the two looks, and how seeds scatter; the shipped sweeps' own nights are drawn beside `judgeNight`. */
const FIRST = 8;
const MOST = 48;
const SPREAD = 0.1;
const KINSHIP = 0.5;

interface Law {
  /** Factor of tonight's scores. */
  readonly factor: number;
  /** Standard deviation of the logarithm over seeds. */
  readonly spread: number;
  /** Correlation of the two scores of one seed. */
  readonly kinship: number;
}

/** Three sweeps of three configurations; scores of one seed share half of their variance over the configurations. */
const SWEEPS = 3;
const TRIALS = 3;

function makeNight(seedOfNight: number, { factor, spread, kinship }: Law): readonly Question[] {
  const draw = randomStream(seedOfNight, 7);
  const count = SWEEPS * TRIALS * MOST;
  const [own, base, now] = [new Float32Array(count), new Float32Array(count), new Float32Array(count)];
  for (const [i, out] of [own, base, now].entries()) draw.normals(i, out);
  const at = (values: Float32Array, i: number): number => values[i] ?? 0;
  const pairsOf = (trial: number) =>
    Array.from({ length: MOST }, (_, seed) => {
      const i = trial * MOST + seed;
      const log = (values: Float32Array): number =>
        spread * (Math.sqrt(kinship) * at(own, i) + Math.sqrt(1 - kinship) * at(values, i));
      return { seed, baseline: 0.4 * Math.exp(log(base)), tonight: 0.4 * factor * Math.exp(log(now)) };
    });
  return Array.from({ length: SWEEPS }, (_, sweep) => {
    const trials = Array.from({ length: TRIALS }, (__, trial) => pairsOf(sweep * TRIALS + trial));
    const facts = { score: 'js', goal: 'minimize', margin: 0.05, diverged: null, settled: null } as const;
    return [...trials.map((pairs) => ({ ...facts, pairs: [pairs] })), { ...facts, pairs: trials }];
  }).flat();
}

/** Both looks of a night: sweeps with an undecided question get the seeds that they lack, as far as there are. */
function verdictsOf(questions: readonly Question[]): readonly Answer[] {
  const seen = (question: Question, seeds: number): Question => ({
    ...question,
    pairs: question.pairs.map((pairs) => pairs.slice(0, seeds)),
  });
  const first = judgeLook(
    questions.map((question) => seen(question, FIRST)),
    { falseAlarms: 0.05 },
  );
  const seedsOf = questions.map((_, i) => {
    const sweep = Math.floor(i / (TRIALS + 1));
    const own = first.slice(sweep * (TRIALS + 1), (sweep + 1) * (TRIALS + 1));
    const wanted = Math.max(FIRST, ...own.map(({ seedsNeeded }) => seedsNeeded ?? 0));
    return Math.min(MOST, wanted);
  });
  return judgeLook(
    questions.map((question, i) => {
      const { verdict } = first[i] as Answer;
      return { ...seen(question, seedsOf[i] ?? FIRST), settled: verdict === 'inconclusive' ? null : verdict };
    }),
    { falseAlarms: 0.05 },
  );
}

function shareOfAlarms(nights: number, law: Law): number {
  const alarms = Array.from({ length: nights }, (_, night) => verdictsOf(makeNight(1000 + night, law)));
  return alarms.filter((answers) => answers.some(({ verdict }) => verdict === 'regressed')).length / nights;
}

const NIGHTS = Number(process.env.NIGHTS ?? 200);

describe(`${NIGHTS} simulated nights`, () => {
  it.each([
    ['pairs are akin', { factor: 1, spread: SPREAD, kinship: KINSHIP }],
    ['pairs have nothing in common', { factor: 1, spread: SPREAD, kinship: 0 }],
    ['scores scatter widely', { factor: 1, spread: 0.5, kinship: KINSHIP }],
  ])('without a change give a false alarm in at most 5 of 100, where %s', (_, law) => {
    const share = shareOfAlarms(NIGHTS, law);
    expect(share).toBeLessThanOrEqual(0.05);
  });

  it('find a regression of 5 % in at least 80 of 100', () => {
    const share = shareOfAlarms(NIGHTS, { factor: 1.05, spread: SPREAD, kinship: KINSHIP });
    expect(share).toBeGreaterThanOrEqual(0.8);
  });
});
