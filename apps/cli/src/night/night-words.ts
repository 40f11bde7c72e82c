import type { NightAnswer, NightQuestionAnswer } from '@gansweep/contract';
import { number } from '../terminal/table.ts';

export type FinishedNight = NightAnswer & { readonly report: NonNullable<NightAnswer['report']> };

const percent = (share: number): string => `${share > 0 ? '+' : ''}${Number((100 * share).toPrecision(3))} %`;

/** How much worse, with its interval: `+4.1 % [1.2 %, 7 %]`; what is below 0 is better. */
export function effectWords({ worse, low, high, identical, because }: NightQuestionAnswer): string {
  if (because !== null) return because;
  if (identical) return 'the same numbers';
  if (worse === null) return '–';
  return low === null || high === null ? percent(worse) : `${percent(worse)} [${percent(low)}, ${percent(high)}]`;
}

/** What a row says besides its numbers: diverged runs, seeds that lack. */
export function remarksOf({ diverged, pDiverges, seedsNeeded, verdict }: NightQuestionAnswer): string {
  const remarks: string[] = [];
  if (diverged !== null && diverged.tonight + diverged.baseline > 0)
    remarks.push(
      `${diverged.tonight} of ${diverged.seeds} diverged, ${diverged.baseline} in the baseline${pDiverges === null ? '' : ` (p = ${number(pDiverges)})`}`,
    );
  if (verdict === 'inconclusive' && seedsNeeded !== null) remarks.push(`about ${seedsNeeded} seeds would tell`);
  return remarks.join('; ');
}

/** The table's cells, the verdict last. */
export const CELLS = [
  'sweep',
  'configuration',
  'score',
  'pairs',
  'baseline',
  'tonight',
  'worse by',
  'remarks',
] as const;
export function cellsOf(question: NightQuestionAnswer): readonly string[] {
  return [
    question.sweep,
    question.label || 'the only one',
    question.score,
    String(question.pairs),
    number(question.baseline),
    number(question.tonight),
    effectWords(question),
    remarksOf(question),
  ];
}

/** One line for the whole night. */
export function headlineOf({ report, counts, saveBaseline }: FinishedNight): string {
  const all = Object.values(counts).reduce((sum, n) => sum + n, 0);
  if (report.verdict === 'could-not-run')
    return `The night could not be judged: ${report.faults.length === 1 ? report.faults[0] : `${report.faults.length} faults`}.`;
  if (report.verdict === 'not-compared')
    return `NOT COMPARED: there was no baseline to compare with${saveBaseline === null ? '' : `; the scores are the baseline '${saveBaseline}' now`}.`;
  const listed = (['regressed', 'inconclusive', 'improved', 'unchanged'] as const)
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${counts[verdict]} ${verdict}`)
    .join(', ');
  return `${report.verdict.toUpperCase()}: of ${all} questions ${listed}.`;
}

/** What the rules were, for whoever reads a report without the manual. */
export function rulesOf({ settings, looks }: FinishedNight): string {
  if (settings === null) return '';
  const seeds = looks.map(({ sweeps }) => Math.max(0, ...sweeps.map((part) => part.seeds.length)));
  return `Pairs by seed; differences below ${percent(settings.margin).replace('+', '')} do not matter; at most ${percent(settings.falseAlarms).replace('+', '')} of nights without a change raise an alarm; ${seeds.length === 1 ? `one look at ${seeds[0]} seeds` : `a look at ${seeds[0]} seeds and one at ${seeds[1]} more`}. Intervals are of 95 %.`;
}
