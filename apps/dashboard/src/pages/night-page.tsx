import type { NightAnswer, NightQuestionAnswer } from '@gansweep/contract';
import type { ReactNode } from 'react';
import { number } from '../format.ts';
import { Effect, effectWords, percent } from '../parts/effect.tsx';
import { Fault } from '../parts/fault.tsx';
import { State } from '../parts/state.tsx';
import { service, useInterval, useResource } from '../service.ts';
import { countsOf, dateOf } from './nights-page.tsx';

const POLL_MS = 3_000;

export function NightPage({ id }: { readonly id: string }): ReactNode {
  const night = useResource(`night ${id}`, (signal) => service.getVerdict({ id }, { signal }));
  const { value } = night;
  useInterval(POLL_MS, value === null || value.state === 'running', night.reload);
  return (
    <>
      <p className="note">
        <a href="#/nights">Nights</a>
      </p>
      <Fault error={night.error} />
      {value && <Report night={value} />}
    </>
  );
}

function Report({ night }: { readonly night: NightAnswer }): ReactNode {
  const { report, baseline, saveBaseline, settings, looks } = night;
  return (
    <>
      <h1>
        Night of {dateOf(night)} <State state={night.verdict ?? night.state} />
      </h1>
      <p className="question">{headlineOf(night)}</p>
      {settings && (
        <p className="facts">
          Pairs by seed; differences below {percent(settings.margin).slice(1)} do not matter; at most{' '}
          {percent(settings.falseAlarms).slice(1)} of nights without a change raise an alarm. Intervals are of 95 %.
        </p>
      )}
      {report && report.questions.length > 0 && (
        <div className="wide">
          <table>
            <thead>
              <tr>
                <th>verdict</th>
                <th>sweep</th>
                <th>configuration</th>
                <th>score</th>
                <th className="number">pairs</th>
                <th className="number">baseline</th>
                <th className="number">tonight</th>
                <th>worse by</th>
                <th>better · worse</th>
                <th>remarks</th>
              </tr>
            </thead>
            <tbody>
              {report.questions.map((question) => (
                <tr key={question.key}>
                  <td>
                    <State state={question.verdict} />
                  </td>
                  <td>{question.sweep}</td>
                  <td>{question.label || 'the only one'}</td>
                  <td>{question.score}</td>
                  <td className="number">{question.pairs}</td>
                  <td className="number">{number(question.baseline)}</td>
                  <td className="number">{number(question.tonight)}</td>
                  <td>{effectWords(question)}</td>
                  <td>
                    <Effect question={question} margin={settings?.margin ?? 0.05} />
                  </td>
                  <td className="text">{remarksOf(question)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {report && report.faults.length > 0 && (
        <>
          <h2>What failed</h2>
          <ul>
            {report.faults.map((fault) => (
              <li key={fault}>{fault}</li>
            ))}
          </ul>
        </>
      )}
      {report && baseline !== null && (
        <>
          <h2>
            What changed since the baseline {baseline}
            {report.baselineSavedAt && ` of ${new Date(report.baselineSavedAt).toLocaleString()}`}
          </h2>
          <Changes changes={report.changes} />
        </>
      )}
      {looks.length > 0 && (
        <>
          <h2>What was trained</h2>
          <ul>
            {looks.flatMap(({ sweeps }, look) =>
              sweeps.map(({ name, seeds, sweepId, endedRuns, runCount, waitingBecause }) => (
                <li key={`${name} ${seeds.join()}`}>
                  {sweepId === null ? name : <a href={`#/sweeps/${sweepId}`}>{name}</a>}: {seeds.length}{' '}
                  {look === 0 ? 'seeds' : 'seeds that lacked'}, {endedRuns} of {runCount} runs ended
                  {waitingBecause !== null && `; ${waitingBecause}`}
                </li>
              )),
            )}
          </ul>
        </>
      )}
      <p className="facts">
        {report &&
          `Trained by ${report.circumstances.backends.join(', ') || 'nothing'}; commit ${report.circumstances.commit ?? 'unknown'}. `}
        {saveBaseline !== null && `The scores are the baseline ${saveBaseline}. `}
        <a href={`/api/v1/verdicts/${night.id}`}>The whole report as JSON</a>
      </p>
    </>
  );
}

function Changes({ changes }: Pick<NonNullable<NightAnswer['report']>, 'changes'>): ReactNode {
  if (changes.length === 0)
    return <p>Nothing that is recorded: commit, lockfile, backend, data and training version are the same.</p>;
  return (
    <ul className="changes">
      {changes.map(({ what, baseline, tonight, details }) => (
        <li key={what}>
          {what}: <code>{baseline || 'none'}</code> → <code>{tonight || 'none'}</code>
          {details.length > 0 && (
            <ul>
              {details.map((line) => (
                <li key={line}>
                  <code>{line}</code>
                </li>
              ))}
            </ul>
          )}
        </li>
      ))}
    </ul>
  );
}

/** One line for the whole night. */
function headlineOf(night: NightAnswer): string {
  if (night.state === 'running') return 'It is being trained.';
  if (night.state === 'missed') return 'No service was there to begin it.';
  switch (night.verdict) {
    case 'could-not-run':
      return 'It could not be judged: not all of it was trained.';
    case 'not-compared':
      return 'There was no baseline to compare with, so this is no pass.';
    default:
      return `Of ${night.report?.questions.length ?? 0} scores ${countsOf(night)}.`;
  }
}

/** Diverged runs, and seeds that lack. */
function remarksOf({ diverged, pDiverges, seedsNeeded, verdict }: NightQuestionAnswer): string {
  const remarks: string[] = [];
  if (diverged !== null && diverged.tonight + diverged.baseline > 0)
    remarks.push(
      `${diverged.tonight} of ${diverged.seeds} diverged, ${diverged.baseline} in the baseline${pDiverges === null ? '' : ` (p = ${number(pDiverges)})`}`,
    );
  if (verdict === 'inconclusive' && seedsNeeded !== null) remarks.push(`about ${seedsNeeded} seeds would tell`);
  return remarks.join('; ');
}
