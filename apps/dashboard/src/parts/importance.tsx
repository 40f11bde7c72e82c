import type { ImportanceAnswer } from '@gansweep/contract';
import { type ReactNode, useState } from 'react';
import { number } from '../format.ts';
import { service, useResource } from '../service.ts';
import { Fault } from './fault.tsx';

type Value = string | number | boolean;

/** Which parameters matter: a bar each; one that is chosen shows its course, two show what they do together. */
export function Importance({ id, endedRuns }: { readonly id: string; readonly endedRuns: number }): ReactNode {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [isLog, setIsLog] = useState(false);
  // Asked again when a quarter more runs have ended: it is a second's work for the service.
  const step = endedRuns === 0 ? 0 : Math.floor(Math.log(endedRuns) / Math.log(1.25));
  const pair = chosen.length === 2 ? chosen.join() : undefined;
  const told = useResource(`importance ${id} ${step} ${isLog} ${pair ?? ''}`, (signal) =>
    service.weighParameters({ id, scale: isLog ? 'log' : 'linear', ...(pair ? { pair } : {}) }, { signal }),
  );
  const [held, setHeld] = useState(told.value);
  if (told.value !== null && told.value !== held) setHeld(told.value);
  const shown = told.value ?? held;
  const choose = (name: string): void =>
    setChosen(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name].slice(-2));
  return (
    <section>
      <h2>Importance</h2>
      <Fault error={told.error} />
      <label className="note">
        <input type="checkbox" checked={isLog} onChange={(event) => setIsLog(event.target.checked)} /> of the logarithm
        of the score
      </label>
      {shown === null ? null : shown.method === null ? (
        <p className="empty">No answer yet: {shown.because}.</p>
      ) : (
        <div className="importance">
          <Shares told={shown} chosen={chosen} onChoose={choose} />
          {shown.surface && pair === shown.surface.names.join() ? (
            <HeatMap metric={shown.metric} surface={shown.surface} />
          ) : chosen.length === 1 ? (
            <Course told={shown} name={chosen[0] as string} />
          ) : null}
        </div>
      )}
    </section>
  );
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

function Shares({
  told,
  chosen,
  onChoose,
}: {
  readonly told: ImportanceAnswer;
  readonly chosen: readonly string[];
  readonly onChoose: (name: string) => void;
}): ReactNode {
  const pairs = told.interactions
    .filter(({ low }) => (low ?? 0) > 0)
    .toSorted((a, b) => b.share - a.share)
    .slice(0, 5);
  return (
    <div>
      <table>
        <thead>
          <tr>
            <th>parameter</th>
            <th>share of the variance of {told.metric}</th>
            <th className="number">share</th>
            <th className="number">95 % interval</th>
          </tr>
        </thead>
        <tbody>
          {told.parameters
            .toSorted((a, b) => b.share - a.share)
            .map((one) => (
              <tr key={one.name}>
                <td>
                  <button
                    type="button"
                    className="choose"
                    aria-pressed={chosen.includes(one.name)}
                    onClick={() => onChoose(one.name)}
                  >
                    {one.name}
                  </button>
                </td>
                <ShareCells {...one} />
              </tr>
            ))}
          {pairs.map((one) => (
            <tr key={one.names.join()}>
              <td>{one.names.join(' × ')}</td>
              <ShareCells {...one} />
            </tr>
          ))}
        </tbody>
      </table>
      <p className="note">{wordsAbout(told)}</p>
    </div>
  );
}

function ShareCells({
  share,
  low,
  high,
}: {
  readonly share: number;
  readonly low: number | null;
  readonly high: number | null;
}): ReactNode {
  return (
    <>
      <td>
        <svg viewBox="0 0 200 14" className="share" aria-hidden="true" preserveAspectRatio="none">
          <rect x="0" y="2" width={200 * share} height="10" fill="var(--accent)" opacity="0.6" />
          {low === null || high === null ? null : (
            <path d={`M${200 * low} 3V11M${200 * low} 7H${200 * high}M${200 * high} 3V11`} stroke="var(--ink)" />
          )}
        </svg>
      </td>
      <td className="number">{percent(share)}</td>
      <td className="number">{low === null || high === null ? '–' : `[${percent(low)}, ${percent(high)}]`}</td>
    </>
  );
}

function wordsAbout({ method, trials, runs, diverged, noise, explained }: ImportanceAnswer): string {
  return [
    `Of the variance between ${trials} configurations (${runs} runs), ${
      method === 'anova'
        ? 'by analysis of variance of the whole grid.'
        : `by a forest of regression trees, which foresees ${percent(explained ?? 0)} of it where it has not looked.`
    }`,
    noise === null
      ? 'One run for each: nobody knows how much of it is the seed.'
      : `Seeds of one configuration deviate by ${number(noise.std)}, ${percent(noise.share)} of the variance of runs.`,
    diverged > 0 ? `${diverged} diverged runs count as the worst score.` : '',
    'Choose a parameter for its course, two for what they do together.',
  ].join(' ');
}

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [520, 260, 60, 30];

/** Predicted mean over one parameter with its band, and the trials themselves. */
function Course({ told, name }: { readonly told: ImportanceAnswer; readonly name: string }): ReactNode {
  const index = told.parameters.findIndex((one) => one.name === name);
  const marginal = told.parameters[index]?.marginal ?? [];
  const values = marginal.map(({ value }) => value);
  const points = told.observed.flatMap(({ trial, mean, at }) => {
    const x = placeOf(at[index] ?? null, values);
    return x === null ? [] : [{ trial, mean, x }];
  });
  const all = [
    ...points.map(({ mean }) => mean),
    ...marginal.flatMap(({ mean, low, high }) => [mean, low ?? mean, high ?? mean]),
  ];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const x = (place: number): number => LEFT + ((place + 0.5) / values.length) * (WIDTH - LEFT);
  const y = (score: number): number => (HEIGHT - BOTTOM) * (1 - (score - least) / (most - least || 1)) * 0.94 + 6;
  const line = marginal.map(({ mean }, i) => `${i === 0 ? 'M' : 'L'}${x(i)} ${y(mean)}`).join('');
  const band = [
    ...marginal.map(({ low, mean }, i) => `${i === 0 ? 'M' : 'L'}${x(i)} ${y(low ?? mean)}`),
    ...marginal.map(({ high, mean }, i) => `L${x(i)} ${y(high ?? mean)}`).reverse(),
    'Z',
  ].join('');
  const every = Math.ceil(values.length / 8);
  return (
    <figure className="course">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${told.metric} over ${name}: predicted mean with its interval, and ${points.length} trials`}
      >
        <path d={band} fill="var(--accent)" opacity="0.2" />
        {points.map(({ trial, mean, x: place }) => (
          <circle key={trial} cx={x(place)} cy={y(mean)} r="2.5" fill="var(--soft)" opacity="0.6" />
        ))}
        <path d={line} fill="none" stroke="var(--accent)" strokeWidth="2" />
        {[least, most].map((score) => (
          <text key={score} x={LEFT - 6} y={y(score) + 4} textAnchor="end">
            {number(score)}
          </text>
        ))}
        {values.map((value, i) =>
          i % every === 0 ? (
            <text key={String(value)} x={x(i)} y={HEIGHT - 10} textAnchor="middle">
              {shownValue(value)}
            </text>
          ) : null,
        )}
      </svg>
      <figcaption>
        {told.metric} over {name}, whatever the others are; a dot a configuration
      </figcaption>
    </figure>
  );
}

/** Position of a value among those that are drawn, between two of them where it is a number; null where it has none. */
function placeOf(value: Value | null, values: readonly Value[]): number | null {
  if (value === null) return null;
  const exact = values.indexOf(value);
  if (exact >= 0) return exact;
  if (typeof value !== 'number') return null;
  const above = values.findIndex((one) => Number(one) > value);
  if (above === 0) return 0;
  if (above < 0) return values.length - 1;
  const [low, high] = [Number(values[above - 1]), Number(values[above])];
  return above - 1 + (value - low) / (high - low);
}

const shownValue = (value: Value): string =>
  typeof value === 'number' ? number(Number(value.toPrecision(3))) : String(value);

/** Predicted mean over two parameters: the first upwards, the second to the right; strong is high. */
function HeatMap({
  metric,
  surface: { names, values, means },
}: {
  readonly metric: string;
  readonly surface: NonNullable<ImportanceAnswer['surface']>;
}): ReactNode {
  const [rows = [], columns = []] = values;
  const all = means.flat();
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const [wide, high] = [(WIDTH - LEFT) / columns.length, (HEIGHT - BOTTOM) / rows.length];
  const [everyRow, everyColumn] = [Math.ceil(rows.length / 8), Math.ceil(columns.length / 8)];
  return (
    <figure className="course">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${metric} over ${names[0]} and ${names[1]}: from ${number(least)} to ${number(most)}`}
      >
        {means.flatMap((row, i) =>
          row.map((mean, k) => (
            <rect
              key={`${rows[i]} ${columns[k]}`}
              x={LEFT + k * wide}
              y={(rows.length - 1 - i) * high}
              width={wide}
              height={high}
              fill="var(--accent)"
              opacity={0.08 + (0.9 * (mean - least)) / (most - least || 1)}
            >
              <title>{`${names[0]} ${shownValue(rows[i] ?? '')}, ${names[1]} ${shownValue(columns[k] ?? '')}: ${number(mean)}`}</title>
            </rect>
          )),
        )}
        {rows.map((value, i) =>
          i % everyRow === 0 ? (
            <text key={String(value)} x={LEFT - 6} y={(rows.length - 0.5 - i) * high + 4} textAnchor="end">
              {shownValue(value)}
            </text>
          ) : null,
        )}
        {columns.map((value, k) =>
          k % everyColumn === 0 ? (
            <text key={String(value)} x={LEFT + (k + 0.5) * wide} y={HEIGHT - 10} textAnchor="middle">
              {shownValue(value)}
            </text>
          ) : null,
        )}
      </svg>
      <figcaption>
        {metric} over {names[0]} (upwards) and {names[1]} (to the right), from {number(least)}, light, to {number(most)}
        , dark
      </figcaption>
    </figure>
  );
}
