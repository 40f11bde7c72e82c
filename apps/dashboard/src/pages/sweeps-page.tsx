import type { ReactNode } from 'react';
import { count } from '../format.ts';
import { Fault } from '../parts/fault.tsx';
import { Progress, State } from '../parts/state.tsx';
import { service, useEvents, useResource } from '../service.ts';

export function SweepsPage(): ReactNode {
  const sweeps = useResource('sweeps', (signal) => service.listSweeps({ limit: 200 }, { signal }));
  useEvents((event) => event.type !== 'worker', sweeps.reload);
  return (
    <>
      <h1>Sweeps</h1>
      <Fault error={sweeps.error} />
      {sweeps.value?.items.length === 0 && (
        <p className="empty">
          No sweep yet. Submit one: <code>npx gansweep submit sweeps/examples/five-axes.yaml</code>
        </p>
      )}
      {sweeps.value && sweeps.value.items.length > 0 && (
        <div className="wide">
          <table>
            <thead>
              <tr>
                <th>name</th>
                <th>state</th>
                <th className="number">trials</th>
                <th className="number">runs ended</th>
                <th>progress</th>
                <th>submitted</th>
              </tr>
            </thead>
            <tbody>
              {sweeps.value.items.map((sweep) => (
                <tr key={sweep.id}>
                  <td>
                    <a href={`#/sweeps/${sweep.id}`}>{sweep.name}</a>
                  </td>
                  <td>
                    <State state={sweep.state} />
                  </td>
                  <td className="number">{count(sweep.trialCount)}</td>
                  <td className="number">
                    {count(sweep.progress.endedRuns)} of {count(sweep.runCount)}
                  </td>
                  <td>
                    <Progress done={sweep.progress.imagesSeen} of={sweep.progress.images} />
                  </td>
                  <td>{new Date(sweep.createdAt).toLocaleString()}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
