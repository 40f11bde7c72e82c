import type { Client } from '@gansweep/contract';

type WorkerAnswer = Awaited<ReturnType<Client['listWorkers']>>['items'][number];

/** What ails workers, a line each, with what happens next; empty where all are well. */
export function unwellWorkers(workers: readonly WorkerAnswer[]): readonly string[] {
  return workers.flatMap(({ host, unwell, cordonedBecause }) => [
    ...unwell.map(
      ({ slot, because }) =>
        `slot ${slot} of the worker on ${host}: ${because}; it is tried again after longer and longer pauses, other slots take its runs`,
    ),
    ...(cordonedBecause === null
      ? []
      : [`the worker on ${host} takes no runs for ten minutes because of a fault of its own: ${cordonedBecause}`]),
  ]);
}
