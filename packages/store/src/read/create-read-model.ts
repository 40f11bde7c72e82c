import { CURVE_NAMES, type SweepId } from '@gansweep/domain';
import type { ExportRow, ReadModel } from '@gansweep/orchestrator';
import type pg from 'pg';
import { curveQueries } from './curves.ts';
import { eventQueries } from './events.ts';
import { runQueries } from './runs.ts';
import { serviceQueries } from './service.ts';
import { sweepQueries } from './sweeps.ts';
import { trialQueries } from './trials.ts';

const EXPORT_PAGE = 100;

/** The orchestrator's questions, answered from PostgreSQL. */
export function createReadModel({
  pool,
  databaseUrl,
}: {
  readonly pool: pg.Pool;
  readonly databaseUrl: string;
}): ReadModel {
  const runs = runQueries(pool);
  const curves = curveQueries(pool);
  async function* exportRuns(id: SweepId): AsyncGenerator<ExportRow> {
    for (let cursor: string | null = null; ; ) {
      const page: Awaited<ReturnType<typeof runs.listRuns>> = await runs.listRuns({
        sweep: id,
        state: null,
        cursor,
        limit: EXPORT_PAGE,
      });
      for (const run of page.items) {
        const series = await curves.curves(run.id, { names: CURVE_NAMES, maxPoints: 0 });
        yield {
          runId: run.id,
          trialId: run.trialId,
          seed: run.seed,
          state: run.state,
          config: run.config,
          imagesSeen: run.imagesSeen,
          evaluations: await runs.evaluations(run.id),
          curves: Object.fromEntries(
            Object.entries(series).map(([name, { images, value }]) => [name, { images, value }]),
          ),
        };
      }
      if (page.nextCursor === null) return;
      cursor = page.nextCursor;
    }
  }
  return {
    ...serviceQueries(pool),
    ...sweepQueries(pool),
    ...trialQueries(pool),
    ...runs,
    ...curves,
    ...eventQueries(pool, databaseUrl),
    exportRuns,
  };
}
