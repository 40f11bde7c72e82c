import type { ReactNode } from 'react';
import { service, useEvents, useResource } from '../service.ts';

/** One line about who trains. */
export function Workers(): ReactNode {
  const workers = useResource('workers', (signal) => service.listWorkers({}, { signal }));
  useEvents((event) => event.type === 'worker', workers.reload);
  if (!workers.value) return <span className="workers" />;
  const alive = workers.value.items.filter(({ state }) => state !== 'lost');
  const slots = alive.reduce((total, worker) => total + worker.slots, 0);
  const backends = [
    ...new Set(alive.map(({ backend, device }) => (backend === 'starting' ? 'starting' : `${backend} on ${device}`))),
  ].join(', ');
  const unwell = alive.flatMap(({ host, unwell: slots, cordonedBecause }) => [
    ...slots.map(({ slot, because }) => `slot ${slot} of ${host} is unwell: ${because}`),
    ...(cordonedBecause === null ? [] : [`${host} is set aside: ${cordonedBecause}`]),
  ]);
  return (
    <span className="workers">
      {unwell.length > 0 && (
        <strong className="unwell" title={unwell.join('\n')}>
          {unwell[0]}
          {unwell.length > 1 && ` (and ${unwell.length - 1} more)`}
        </strong>
      )}
      {alive.length === 0
        ? 'no worker lives: start one with gansweep worker'
        : `${alive.length} worker${alive.length > 1 ? 's' : ''}, ${slots} slots, ${backends}`}
    </span>
  );
}
