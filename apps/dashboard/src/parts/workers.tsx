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
  return (
    <span className="workers">
      {alive.length === 0
        ? 'no worker lives: start one with gansweep worker'
        : `${alive.length} worker${alive.length > 1 ? 's' : ''}, ${slots} slots, ${backends}`}
    </span>
  );
}
