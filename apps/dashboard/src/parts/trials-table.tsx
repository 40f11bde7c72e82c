import type { FindingAnswer, GeneratorBesideAnswer, SweepDetail, TrialAnswer } from '@gansweep/contract';
import { scoreFacts } from '@gansweep/domain';
import { Fragment, type ReactNode, useState } from 'react';
import { allDigits, interval, mean, number, value } from '../format.ts';
import { colourOf } from './curve-plot.tsx';
import { FindingFlag } from './findings.tsx';
import { ScoreWords } from './scores.tsx';

/** A row a configuration: what differs, its runs, and each score as mean and interval over seeds. */
export function TrialsTable({
  sweep,
  trials,
  findings,
  beside,
}: {
  readonly sweep: SweepDetail;
  readonly trials: readonly TrialAnswer[];
  /** By run. */
  readonly findings: ReadonlyMap<string, readonly FindingAnswer[]>;
  /** Generators from elsewhere. */
  readonly beside: readonly GeneratorBesideAnswer[];
}): ReactNode {
  const scores = scoreNames(sweep, trials);
  const [order, setOrder] = useState<{ readonly by: string; readonly down: boolean } | null>(null);
  const rows = order ? sorted(trials, order) : trials;
  const numberOf = new Map(trials.map((trial, i) => [trial.id, i]));
  const heading = (name: string, numeric: boolean): ReactNode => (
    <th
      key={name}
      className={numeric ? 'number' : ''}
      title={numeric ? scoreFacts(name)?.doc : undefined}
      aria-sort={order?.by === name ? (order.down ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        className="sort"
        onClick={() => setOrder({ by: name, down: order?.by === name ? !order.down : false })}
      >
        {name}
        {order?.by === name ? (order.down ? ' ↓' : ' ↑') : ''}
      </button>
      {numeric && <ScoreWords name={name} goal={sweep.metrics.find((metric) => metric.name === name)?.goal} />}
    </th>
  );
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys too. */}
      <section className="wide tall" aria-label="trials" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th aria-label="colour in the plot" />
              {sweep.axes.map((name) => heading(name, false))}
              <th>runs</th>
              {scores.map((name) => heading(name, true))}
            </tr>
          </thead>
          <tbody>
            {rows.map((trial) => (
              <tr key={trial.id} className={sweep.bestTrial?.id === trial.id ? 'best' : ''}>
                <td>
                  <svg width="12" height="12" aria-hidden="true">
                    <circle cx="6" cy="6" r="5" fill={colourOf(numberOf.get(trial.id) ?? 0)} />
                  </svg>
                </td>
                {sweep.axes.map((name) => (
                  <td key={name} title={allDigits(trial.config[name])}>
                    {value(trial.config[name])}
                  </td>
                ))}
                <td>
                  {trial.runIds.map((id, i) => (
                    <Fragment key={id}>
                      <a
                        href={`#/runs/${id}`}
                        className={`dot state-${trial.states[i]}`}
                        title={`run ${i + 1}: ${trial.states[i]}`}
                        aria-label={`run ${i + 1}: ${trial.states[i]}`}
                      >
                        {trial.states[i] === 'diverged' ? '✕' : '●'}
                      </a>
                      <FindingFlag findings={findings.get(id) ?? []} />
                    </Fragment>
                  ))}
                </td>
                {scores.map((name) => {
                  const metric = trial.metrics[name];
                  return (
                    <td key={name} className="number" title={metric?.protocol ?? ''}>
                      {metric ? mean(metric) : '–'}
                      {metric && interval(metric) !== null ? (
                        <span className="interval"> {interval(metric)}</span>
                      ) : null}
                      {metric && metric.diverged > 0 && metric.n > 0 ? (
                        <small className="diverged"> {metric.diverged} diverged</small>
                      ) : null}
                    </td>
                  );
                })}
              </tr>
            ))}
            {beside.map((generator) => (
              <tr key={generator.name} className="beside">
                <td />
                <td colSpan={sweep.axes.length + 1} title={`weights ${generator.weights}`}>
                  generator <code>{generator.name}</code>
                </td>
                {scores.map((name) => (
                  <td key={name} className="number" title={generator.scores[name]?.protocol ?? ''}>
                    {number(generator.scores[name]?.value ?? null)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p className="note">
        Mean and 95 % interval over seeds of succeeded runs with one passport.{' '}
        {sweep.bestTrial
          ? `Marked: best mean ${sweep.bestTrial.summary.n > 1 ? '' : '(a single seed) '}of ${sweep.bestTrial.metric}; where intervals overlap the order is not settled.`
          : 'No best trial yet.'}
      </p>
    </>
  );
}

/** The sweep's own metrics first. */
function scoreNames(sweep: SweepDetail, trials: readonly TrialAnswer[]): readonly string[] {
  const own = sweep.metrics.map(({ name }) => name);
  const all = new Set(trials.flatMap(({ metrics }) => Object.keys(metrics)));
  return [...own, ...[...all].filter((name) => !own.includes(name)).sort()];
}

function sorted(
  trials: readonly TrialAnswer[],
  { by, down }: { readonly by: string; readonly down: boolean },
): readonly TrialAnswer[] {
  const keyOf = (trial: TrialAnswer): number | string | null => {
    const metric = trial.metrics[by];
    if (metric) return metric.mean;
    const field = trial.config[by];
    return typeof field === 'boolean' ? String(field) : (field ?? null);
  };
  return trials.toSorted((a, b) => {
    const [left, right] = [keyOf(a), keyOf(b)];
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
    const direction = left < right ? -1 : left > right ? 1 : 0;
    return down ? -direction : direction;
  });
}
