import type { NightListItem } from '@gansweep/contract';
import type { ReactNode } from 'react';
import { duration } from '../format.ts';
import { Fault } from '../parts/fault.tsx';
import { State } from '../parts/state.tsx';
import { service, useInterval, useResource } from '../service.ts';

const POLL_MS = 5_000;
/** The worst first. */
const WORDS = ['regressed', 'inconclusive', 'improved', 'unchanged'] as const;

/** The date of a night: the schedule's, or the day on which somebody asked for it. */
export const dateOf = ({ scheduledFor, createdAt }: Pick<NightListItem, 'scheduledFor' | 'createdAt'>): string =>
  scheduledFor ?? createdAt.slice(0, 10);

/** `1 regressed · 3 unchanged`; empty where nothing was compared. */
export const countsOf = ({ counts }: Pick<NightListItem, 'counts'>): string =>
  WORDS.flatMap((word) => (counts[word] > 0 ? [`${counts[word]} ${word}`] : [])).join(' · ');

export function NightsPage(): ReactNode {
  const nights = useResource('nights', (signal) => service.listVerdicts({ limit: 200 }, { signal }));
  const items = nights.value?.items ?? [];
  useInterval(POLL_MS, true, nights.reload);
  return (
    <>
      <h1>Nights</h1>
      <Fault error={nights.error} />
      {nights.value && items.length === 0 && (
        <p className="empty">
          No night yet. Hold one: <code>npx gansweep nightly</code>, or every night: <code>GANSWEEP_NIGHTLY=02:30</code>
        </p>
      )}
      {items.length > 0 && (
        <div className="wide">
          <table>
            <thead>
              <tr>
                <th>night</th>
                <th>verdict</th>
                <th>scores</th>
                <th>sweeps</th>
                <th>beside the baseline</th>
                <th>began</th>
                <th className="number">took</th>
              </tr>
            </thead>
            <tbody>
              {items.map((night) => (
                <tr key={night.id}>
                  <td>
                    <a href={`#/nights/${night.id}`}>{dateOf(night)}</a>
                  </td>
                  <td>
                    <State state={night.verdict ?? night.state} />
                  </td>
                  <td>{countsOf(night) || '–'}</td>
                  <td>{night.sweeps.join(', ') || '–'}</td>
                  <td>
                    {night.baseline ?? (night.saveBaseline === null ? '–' : `none: it saved ${night.saveBaseline}`)}
                  </td>
                  <td>{new Date(night.createdAt).toLocaleString()}</td>
                  <td className="number">{tookOf(night)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

const tookOf = ({ state, createdAt, endedAt }: NightListItem): string =>
  state !== 'done' || endedAt === null ? '–' : duration((Date.parse(endedAt) - Date.parse(createdAt)) / 1000);
