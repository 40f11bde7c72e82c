import type { Series, StudyRun } from './study-record.ts';

/** A number of one run, with the words by which reports call it; null where the run has none. */
export interface Measure {
  readonly name: string;
  readonly of: (run: StudyRun) => number | null;
}

/** Part of a run's images, 0 … 1. */
export interface Share {
  readonly from: number;
  readonly to: number;
}
export const WHOLE: Share = { from: 0, to: 1 };
export const LATE: Share = { from: 0.8, to: 1 };
export const EARLY: Share = { from: 0, to: 0.2 };

/** A score at the run's last evaluation. */
export const last = (score: string): Measure => ({
  name: score,
  of: ({ scores }) => scores[score]?.value.at(-1) ?? null,
});

/** A score at the evaluation nearest to a share of the run's images. */
export const scoreAt = (score: string, share: number): Measure => ({
  name: `${score} at ${share * 100} % of the images`,
  of: ({ scores }) => {
    const series = scores[score];
    const end = series?.images.at(-1);
    if (!series || end === undefined) return null;
    const wanted = share * end;
    let best = 0;
    series.images.forEach((images, i) => {
      if (Math.abs(images - wanted) < Math.abs((series.images[best] as number) - wanted)) best = i;
    });
    return series.value[best] ?? null;
  },
});

/**
 * Images seen when a score is first at or beyond a limit; the run's whole budget where it never is, so that slow runs
 * count as slow and are not left out.
 */
export const imagesTo = (score: string, limit: number, goal: 'minimize' | 'maximize' = 'minimize'): Measure => ({
  name: `images to ${score} ${goal === 'minimize' ? '≤' : '≥'} ${Number(limit.toPrecision(3))}`,
  of: ({ scores }) => {
    const series = scores[score];
    if (!series || series.images.length === 0) return null;
    const at = series.value.findIndex(
      (value) => value !== null && (goal === 'minimize' ? value <= limit : value >= limit),
    );
    return (at >= 0 ? series.images[at] : series.images.at(-1)) ?? null;
  },
});

/** Mean of a curve, or of a score, over a share of the run. */
export const mean = (name: string, share: Share = WHOLE): Measure => ({
  name: `mean ${name}${shareWords(share)}`,
  of: (run) => meanOf(partOf(seriesOf(run, name), share)),
});

/** Standard deviation of a curve or score over a share of the run. */
export const deviation = (name: string, share: Share = LATE): Measure => ({
  name: `deviation of ${name}${shareWords(share)}`,
  of: (run) => deviationOf(partOf(seriesOf(run, name), share)),
});

/** Least-squares slope of a curve or score over a share of the run, per whole run. */
export const slope = (name: string, share: Share): Measure => ({
  name: `slope of ${name}${shareWords(share)}, per run`,
  of: (run) => {
    const series = seriesOf(run, name);
    const end = series?.images.at(-1);
    if (!series || end === undefined) return null;
    const points = series.images.flatMap((images, i) => {
      const value = series.value[i];
      const at = images / end;
      return value === null || value === undefined || at < share.from || at > share.to ? [] : [{ at, value }];
    });
    if (points.length < 3) return null;
    const middle = points.reduce((sum, { at }) => sum + at, 0) / points.length;
    const centre = points.reduce((sum, { value }) => sum + value, 0) / points.length;
    const products = points.reduce((sum, { at, value }) => sum + (at - middle) * (value - centre), 0);
    const squares = points.reduce((sum, { at }) => sum + (at - middle) ** 2, 0);
    return squares > 0 ? products / squares : null;
  },
});

/** Correlation of a score with itself one evaluation later, its straight trend taken out: −1 where it swings, 0 for noise. */
export const autocorrelation = (score: string): Measure => ({
  name: `autocorrelation of ${score} between evaluations`,
  of: ({ scores }) => {
    const values = finite(scores[score]?.value ?? []);
    const n = values.length;
    if (n < 5) return null;
    const middle = (n - 1) / 2;
    const centre = values.reduce((sum, value) => sum + value, 0) / n;
    const tilt = values.reduce((sum, value, i) => sum + (i - middle) * (value - centre), 0) / ((n * (n * n - 1)) / 12);
    const rest = values.map((value, i) => value - centre - tilt * (i - middle));
    const squares = rest.reduce((sum, value) => sum + value * value, 0);
    if (!(squares > 0)) return null;
    return rest.slice(1).reduce((sum, value, i) => sum + value * (rest[i] as number), 0) / squares;
  },
});

/** Images seen when a detector first saw something; the whole budget where it never did. */
export const imagesToFinding = (finding: string): Measure => ({
  name: `images to ${finding}`,
  of: (run) => run.findings.find(({ name }) => name === finding)?.imagesSeen ?? budgetOf(run),
});

/** A number that was taken when the run was recorded. */
export const taken = (name: string, words = name): Measure => ({
  name: words,
  of: ({ measures }) => measures[name] ?? null,
});

/** A measure of what two others make. */
export const combined = (
  name: string,
  [a, b]: readonly [Measure, Measure],
  of: (a: number, b: number) => number,
): Measure => ({
  name,
  of: (run) => {
    const [left, right] = [a.of(run), b.of(run)];
    return left === null || right === null ? null : of(left, right);
  },
});

/** D's accuracy over reals and fakes. */
export const accuracyD = (share: Share = WHOLE): Measure =>
  combined(`D's accuracy${shareWords(share)}`, [mean('accReal', share), mean('accFake', share)], (a, b) => (a + b) / 2);

function budgetOf(run: StudyRun): number | null {
  const all = [...Object.values(run.curves), ...Object.values(run.scores)].flatMap(({ images }) => images.at(-1) ?? []);
  return all.length === 0 ? null : Math.max(...all);
}

function seriesOf({ curves, scores }: StudyRun, name: string): Series | undefined {
  return curves[name] ?? scores[name];
}

function partOf(series: Series | undefined, { from, to }: Share): readonly number[] {
  const end = series?.images.at(-1);
  if (!series || end === undefined) return [];
  return series.value.flatMap((value, i) => {
    const at = (series.images[i] as number) / end;
    return value === null || at < from || at > to ? [] : [value];
  });
}

function shareWords({ from, to }: Share): string {
  if (from === 0 && to === 1) return '';
  if (to === 1) return ` in the last ${Math.round((1 - from) * 100)} %`;
  if (from === 0) return ` in the first ${Math.round(to * 100)} %`;
  return ` from ${Math.round(from * 100)} to ${Math.round(to * 100)} %`;
}

const finite = (values: readonly (number | null)[]): readonly number[] => values.filter((value) => value !== null);

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviationOf(values: readonly number[]): number | null {
  const centre = meanOf(values);
  if (centre === null || values.length < 2) return null;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}
