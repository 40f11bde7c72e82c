import { CELLS, cellsOf, type FinishedNight, headlineOf, rulesOf } from './night-words.ts';

const cell = (text: string): string => text.replace(/([|\\])/g, '\\$1').replace(/\s+/g, ' ');

/** A night as Markdown, for a pull request or a page of CI. */
export function markdownReport(night: FinishedNight): string {
  const { report } = night;
  const rows = report.questions.map(
    (question) => `| **${question.verdict}** | ${cellsOf(question).map(cell).join(' | ')} |`,
  );
  const lines = [
    `# Night of ${night.createdAt.slice(0, 10)}: ${report.verdict}`,
    '',
    headlineOf(night),
    rulesOf(night),
    ...(rows.length === 0
      ? []
      : ['', `| verdict | ${CELLS.join(' | ')} |`, `|---|${CELLS.map(() => '---').join('|')}|`, ...rows]),
    ...(report.faults.length === 0 ? [] : ['', '## What failed', '', ...report.faults.map((fault) => `- ${fault}`)]),
    ...(night.baseline === null
      ? []
      : [
          '',
          `## What changed since the baseline \`${night.baseline}\` of ${report.baselineSavedAt ?? 'unknown date'}`,
          '',
          ...(report.changes.length === 0
            ? ['Nothing that is recorded: commit, lockfile, backend, data and training version are the same.']
            : report.changes.flatMap(({ what, baseline, tonight, details }) => [
                `- ${what}: \`${baseline || 'none'}\` → \`${tonight || 'none'}\``,
                ...details.map((line) => `  - \`${line}\``),
              ])),
        ]),
    '',
    `Trained by ${report.circumstances.backends.join(', ') || 'nothing'}; commit ${report.circumstances.commit ?? 'unknown'}; night ${night.id}.`,
    '',
  ];
  return lines.join('\n');
}
