import type { NightQuestionAnswer } from '@gansweep/contract';
import { CELLS, cellsOf, type FinishedNight, headlineOf, rulesOf } from './night-words.ts';
import { xmlText } from './xml-text.ts';

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d9dee6;vertical-align:middle}
.regressed{color:#b3261e}.improved{color:#146c2e}.inconclusive,.could-not-run,.not-compared{color:#8a5a00}.unchanged{color:#41505f}
.verdict{font-weight:600}code{background:#f0f2f5;padding:0 .25rem}svg{display:block}
@media (prefers-color-scheme:dark){body{color:#e3e8ef;background:#14181e}th,td{border-color:#333c48}code{background:#252c36}.regressed{color:#ff8a80}.improved{color:#7ddc95}.inconclusive,.could-not-run,.not-compared{color:#ffc56b}.unchanged{color:#a9b6c5}}`;

/** A night as one page without anything beside it. */
export function htmlReport(night: FinishedNight): string {
  const { report } = night;
  const margin = night.settings?.margin ?? 0.05;
  const rows = report.questions.map(
    (question) =>
      `<tr><td class="verdict ${question.verdict}">${question.verdict}</td>${cellsOf(question)
        .map((text) => `<td>${xmlText(text)}</td>`)
        .join('')}<td>${intervalPicture(question, margin)}</td></tr>`,
  );
  const list = (lines: readonly string[]): string => `<ul>${lines.map((line) => `<li>${line}</li>`).join('')}</ul>`;
  const changes = report.changes.map(
    ({ what, baseline, tonight, details }) =>
      `${xmlText(what)}: <code>${xmlText(baseline || 'none')}</code> → <code>${xmlText(tonight || 'none')}</code>${details.length > 0 ? list(details.map((line) => `<code>${xmlText(line)}</code>`)) : ''}`,
  );
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Night of ${night.createdAt.slice(0, 10)}: ${report.verdict}</title>
<style>${STYLE}</style>
<h1>Night of ${night.createdAt.slice(0, 10)}: <span class="${report.verdict}">${report.verdict}</span></h1>
<p>${xmlText(headlineOf(night))}<br>${xmlText(rulesOf(night))}</p>
${rows.length === 0 ? '' : `<table><thead><tr><th>verdict</th>${CELLS.map((name) => `<th>${name}</th>`).join('')}<th>better · worse</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`}
${report.faults.length === 0 ? '' : `<h2>What failed</h2>${list(report.faults.map(xmlText))}`}
${night.baseline === null ? '' : `<h2>What changed since the baseline <code>${xmlText(night.baseline)}</code> of ${xmlText(report.baselineSavedAt ?? 'unknown date')}</h2>${changes.length === 0 ? '<p>Nothing that is recorded: commit, lockfile, backend, data and training version are the same.</p>' : list(changes)}`}
<p>Trained by ${xmlText(report.circumstances.backends.join(', ') || 'nothing')}; commit ${xmlText(report.circumstances.commit ?? 'unknown')}; night ${xmlText(night.id)}.</p>
</html>
`;
}

const WIDTH = 160;
const HEIGHT = 18;

/** The interval about its mean, the margin as a grey band; four margins to each side, what is beyond ends at the border. */
function intervalPicture({ worse, low, high, verdict }: NightQuestionAnswer, margin: number): string {
  if (worse === null) return '';
  const at = (share: number): number => {
    const inside = Math.min(Math.max(share / (4 * margin), -1), 1);
    return Number((((inside + 1) / 2) * (WIDTH - 8) + 4).toFixed(1));
  };
  const [left, right] = [at(low ?? worse), at(high ?? worse)];
  return `<svg width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="effect" class="${verdict}"><rect x="${at(-margin)}" y="2" width="${at(margin) - at(-margin)}" height="14" fill="currentColor" opacity=".15"/><line x1="${at(0)}" y1="0" x2="${at(0)}" y2="${HEIGHT}" stroke="currentColor" opacity=".5"/><line x1="${left}" y1="9" x2="${right}" y2="9" stroke="currentColor" stroke-width="2"/><circle cx="${at(worse)}" cy="9" r="3.5" fill="currentColor"/></svg>`;
}
