import { RUN_STATES, SWEEP_STATES } from '@gansweep/domain';
import { Problem } from '../problems.ts';
import { streamEvents } from './event-stream.ts';
import { type ApiDeps, answer, type Handlers } from './handler.ts';
import { pageOfAll } from './page-of-all.ts';

export function serviceHandlers(deps: ApiDeps): Handlers<'listWorkers' | 'events' | 'health' | 'ready' | 'metrics'> {
  const { store, streams } = deps;
  return {
    listWorkers: async ({ query }) => answer(pageOfAll(await store.read.listWorkers(), query)),
    events: async ({ request, reply }) => {
      await streamEvents({ deps, request, reply });
      return null;
    },
    health: async () => answer({ status: 'ok' }),
    ready: async () => {
      await store.read.ping().catch(() => {
        throw new Problem('unavailable', 'the database does not answer');
      });
      return answer({ status: 'ready' });
    },
    metrics: async ({ reply }) => {
      const [{ runs, sweeps, workers }, violations] = await Promise.all([
        store.read.totals(),
        store.reconciler.audit(),
      ]);
      const lines = [
        ...family(
          'gansweep_runs',
          'Runs by state',
          'state',
          Object.fromEntries(RUN_STATES.map((state) => [state, runs[state] ?? 0])),
        ),
        ...family(
          'gansweep_sweeps',
          'Sweeps by state',
          'state',
          Object.fromEntries(SWEEP_STATES.map((state) => [state, sweeps[state] ?? 0])),
        ),
        ...family('gansweep_workers', 'Workers by state', 'state', workers),
        ...gauge('gansweep_invariant_violations', 'Violations of the run protocol: alarm on any', {
          '': total(violations),
        }),
        ...family(
          'gansweep_invariant_violations_by_kind',
          'Violations of the run protocol by invariant',
          'invariant',
          violations,
        ),
        ...gauge('gansweep_event_streams', 'Open event streams', { '': streams.size }),
      ];
      await reply
        .code(200)
        .header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
        .send(`${lines.join('\n')}\n`);
      return null;
    },
  };
}

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, n) => sum + n, 0);

function family(
  name: string,
  help: string,
  label: string,
  values: Readonly<Record<string, number>>,
): readonly string[] {
  const labelled = Object.entries(values).map(([key, value]) => [`{${label}="${key}"}`, value] as const);
  return gauge(name, help, Object.fromEntries(labelled));
}

/** A gauge in the text format, version 0.0.4; `values` by label part, which is empty for the only one. */
function gauge(name: string, help: string, values: Readonly<Record<string, number>>): readonly string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...Object.entries(values).map(([label, value]) => `${name}${label} ${value}`),
  ];
}
