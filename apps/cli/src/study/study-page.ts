import { existsSync, writeFileSync } from 'node:fs';
import {
  CLAIMS,
  type Claim,
  type ClaimAnswer,
  CONTRADICTIONS,
  judgeClaim,
  type PartAnswer,
  type SmallClaim,
  type StudyRecord,
  type StudyVerdict,
} from '@gansweep/verdict';
import { studyCurves } from './study-curves.ts';
import { currentHash, curvesPath, isSmall, picturePath, readRecord, specPath } from './study-files.ts';

/** A claim with what is known of it. */
export interface StudyRow {
  readonly claim: Claim;
  readonly verdict: StudyVerdict | 'not run here';
  readonly answer: ClaimAnswer | null;
  readonly record: StudyRecord | null;
}

/** Every claim, judged by the records in `folder`. */
export function rowsOf(folder: string): readonly StudyRow[] {
  return CLAIMS.map((claim): StudyRow => {
    if (claim.scale === 'no-run') return { claim, verdict: claim.verdict, answer: null, record: null };
    const record = isSmall(claim) ? readRecord(folder, claim.id) : null;
    if (!isSmall(claim) || !record) return { claim, verdict: 'not run here', answer: null, record: null };
    const answer = judgeClaim(claim, record);
    return { claim, verdict: answer.verdict, answer, record };
  });
}

/** Curves behind every recorded claim of a folder, by the file that shows them. */
export function curvesOf(folder: string): ReadonlyMap<string, string> {
  return new Map(
    rowsOf(folder).flatMap(({ claim, record }) => {
      const curves = record && isSmall(claim) ? curvesBehind(claim, record) : null;
      return curves === null ? [] : [[curvesPath(folder, claim.id), curves] as const];
    }),
  );
}

const curvesBehind = (claim: SmallClaim, record: StudyRecord): string | null =>
  claim.pictured === false ? null : studyCurves(record, claim.reads.scores);

/** Writes those files, beside the records. */
export function writeCurves(folder: string): void {
  for (const [file, curves] of curvesOf(folder)) writeFileSync(file, curves);
}

/**
 * The page of the study: every claim's verdict with its numbers, and what it says of the sources' contradictions.
 * @param folder of the records. @param link the folder as the page finds it.
 */
export function studyPage(folder: string, link: string): string {
  const rows = rowsOf(folder);
  const isDecided = ({ verdict }: StudyRow): boolean => verdict === 'supported' || verdict === 'contradicted';
  const ran = rows.filter(({ record }) => record !== null);
  const byDefinition = rows.filter((row) => row.record === null && isDecided(row)).length;
  return `${[
    '# The study',
    '<!-- Made by `gansweep study report --from docs/study --markdown docs/study.md`; edit the claims (packages/verdict/src/study), not this page. -->',
    `${rows.length} claims that five documents make of training GANs, most of them from a single run each, tried again with seeds and intervals.
${ran.length} of them were trained here, and ${ran.filter(isDecided).length} of these are decided; ${byDefinition} more follow from definitions and published numbers. A result speaks for the scale at which it was trained: points of the plane, or small networks
and pictures of 32 px on processors.`,
    READING,
    '## Every claim',
    markdownTable(
      ['claim', 'verdict', 'parts that hold', 'runs', 'slot time', 'reproduce'],
      rows.map((row) => [
        `**${row.claim.id}** ${row.claim.claim}`,
        verdictCell(row),
        row.answer
          ? `${row.answer.parts.filter(({ verdict }) => verdict === 'supported').length} of ${row.answer.parts.length}`
          : '',
        row.record ? String(row.record.runs.length) : '',
        row.record ? minutes(row.record.seconds) : '',
        commandOf(row.claim),
      ]),
    ),
    '## Where the sources contradict each other',
    markdownTable(
      ['topic', 'statements', 'what is known here'],
      CONTRADICTIONS.map(({ topic, statements, claims, settled }) => [
        topic,
        statements,
        settled ??
          (claims.length === 0
            ? 'open'
            : `${claims.map((id) => `${id} ${rows.find(({ claim }) => claim.id === id)?.verdict ?? ''}`).join(', ')}${stateOf(claims, rows)}`),
      ]),
    ),
    ...(ran.length > 0 ? ['## Numbers', ...ran.map((row) => section(row, folder, link))] : []),
  ].join('\n\n')}\n`;
}

const READING = `## How to read it

- \`gansweep study run CLAIM\` trains a claim's sweep (\`sweeps/study/CLAIM.yaml\`) and records what the claim reads; it goes on where it was ended. \`gansweep study run\` takes the quick profile, \`--profile full\` all that processors can train, \`--budget\` says what that costs.
- Better or worse means: the difference of the means over seeds exceeds the pooled standard deviation over seeds. Then a part is **supported** or **contradicted**, else **undecided**. The 95 % interval of the difference stands beside it; where it holds 0, more seeds may turn the answer.
- A finding (D-dominance, collapse …) is supported when two thirds of the runs show it, contradicted when a third or less do; the effect is the share, with Wilson's interval.
- A claim is supported when all its parts are, and contradicted as soon as one is: then it does not hold as it was stated, though other parts may.
- Diverged runs enter no mean and are named beside it.`;

function verdictCell({ claim, verdict }: StudyRow): string {
  if (verdict !== 'not run here') return claim.scale === 'no-run' ? `${verdict}: ${claim.reason}` : verdict;
  switch (claim.scale) {
    case 'gpu':
      return `not run here: needs a GPU (${claim.criterion})`;
    case 'out-of-reach':
      return `not run here: ${claim.reason}`;
    default:
      return 'not run here';
  }
}

function commandOf(claim: Claim): string {
  switch (claim.scale) {
    case 'cpu-small':
      return `\`gansweep study run ${claim.id}\``;
    case 'gpu':
      return `\`gansweep submit ${specPath(claim.id)}\``;
    default:
      return '';
  }
}

/** Settled where every claim that speaks of it is decided. */
function stateOf(claims: readonly string[], rows: readonly StudyRow[]): string {
  const open = claims.filter((id) => {
    const verdict = rows.find(({ claim }) => claim.id === id)?.verdict;
    return verdict !== 'supported' && verdict !== 'contradicted';
  });
  return open.length === 0
    ? ': settled at this scale'
    : `; open while ${open.join(', ')} ${open.length === 1 ? 'is' : 'are'}`;
}

function section({ claim, answer, record, verdict }: StudyRow, folder: string, link: string): string {
  if (!answer || !record || !isSmall(claim)) return '';
  const { date, machine, backends, seconds, images, runs, trainingVersion } = record;
  const ended = runs.filter(({ state }) => state === 'succeeded' || state === 'diverged').length;
  const seeds = new Set(runs.map(({ seed }) => seed)).size;
  const stale = record.specHash === currentHash(claim) ? '' : ' The sweep file has changed since.';
  return [
    `### ${claim.id}: ${claim.claim}`,
    `${claim.source}. **${verdict}**. ${ended} of ${runs.length} runs ended with a result, ${seeds} seeds, ${images.toLocaleString('en-US')} images, ${minutes(seconds)} of slots; ${date}, ${machine}, ${backends.join(', ')}, training version ${trainingVersion}.${stale}${claim.note ? ` ${claim.note}` : ''}`,
    markdownTable(
      ['part', 'verdict', 'effect [95 % interval]', 'n', 'numbers'],
      answer.parts.map((part) => [part.name, part.verdict, effectCell(part), String(part.n), part.sentence]),
    ),
    ...(curvesBehind(claim, record) === null
      ? []
      : [
          `![${claim.id}: ${claim.reads.scores[0]} over the images seen, mean and range of the seeds](${curvesPath(link, claim.id)})`,
        ]),
    ...(existsSync(picturePath(folder, claim.id))
      ? [
          `![${claim.id}: what the runs made at their ends, a row a configuration, a column a seed](${picturePath(link, claim.id)})`,
        ]
      : []),
  ].join('\n\n');
}

function effectCell({ effect, low, high }: PartAnswer): string {
  if (effect === null) return '–';
  return low === null || high === null ? short(effect) : `${short(effect)} [${short(low)}, ${short(high)}]`;
}

/** Three digits; the typographic minus. */
function short(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text =
    size >= 1e5 || size < 1e-3
      ? value.toExponential(1).replace('e+', 'e')
      : size >= 1000
        ? Math.round(value).toLocaleString('en-US')
        : String(Number(value.toPrecision(3)));
  return text.replaceAll('-', '−');
}

function minutes(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
