import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { baseline as baselineSchema } from '@gansweep/contract';
import { beginNight, keepSchedule, type Registries, tendNights } from '@gansweep/orchestrator';
import { type Config, type Log, repeatEvery } from '@gansweep/runtime';
import type { Store } from '@gansweep/store';
import { problemOfRefusal } from '../routes/nights.ts';
import { readRegressionFolder, SHIPPED_REGRESSION } from './regression-folder.ts';
import { serviceCircumstances } from './service-circumstances.ts';

const TEND_MS = 2_000;
const SCHEDULE_MS = 30_000;

/** Goes on with nights that run, and begins the one of the schedule where there is one; the result stops it. */
export function holdNights({
  store,
  registries,
  nightly,
  newId,
  ring,
  log,
}: {
  readonly store: Store;
  readonly registries: Registries;
  readonly nightly: Config['nightly'];
  readonly newId: () => string;
  /** Tells idle workers of new runs. */
  readonly ring: () => void;
  readonly log: Log;
}): () => Promise<void> {
  const circumstances = serviceCircumstances();
  const { nights } = store;
  const warn = (error: unknown, message: string): void =>
    log.warn({ event: 'night.fault', reason: error instanceof Error ? error.message : String(error) }, message);
  const stops = [
    repeatEvery(TEND_MS, async () => {
      try {
        const tools = { ...store, registries, newId, now: () => new Date().toISOString() };
        if ((await tendNights({ ...tools, circumstances: await circumstances })) > 0) ring();
      } catch (error) {
        warn(error, 'a night did not go on; it will be tried again');
      }
    }),
  ];
  if (nightly !== null)
    stops.push(
      repeatEvery(SCHEDULE_MS, async () => {
        try {
          await keepSchedule(nightly.at, {
            nights,
            now: Date.now,
            newId,
            onMissed: (date) =>
              log.warn({ event: 'night.missed', date }, `no service was there to begin the night of ${date}`),
            begin: (date) => beginScheduled(date),
          });
        } catch (error) {
          warn(error, 'the scheduled night did not begin; it will be tried again');
        }
      }),
    );

  async function beginScheduled(date: string): Promise<void> {
    if (nightly === null) return;
    const { sweeps: folder, baseline } = nightly;
    const request = { ...readRegressionFolder(folder ?? undefined), baseline, saveBaseline: null };
    if ((await nights.baseline(baseline)) === null) await importBaseline(folder ?? SHIPPED_REGRESSION, baseline);
    const begun = await beginNight({ id: newId(), scheduledFor: date, request }, { nights, folders: store.folders });
    if (begun.ok) log.info({ event: 'night.begun', date }, `the night of ${date} began`);
    else if (begun.error.kind !== 'begun-already') throw new Error(problemOfRefusal(begun.error)[1]);
  }

  /** A baseline that is a file beside the sweeps and was never stored. */
  async function importBaseline(folder: string, name: string): Promise<void> {
    const file = path.join(folder, 'baselines', `${name}.json`);
    if (existsSync(file))
      await nights.saveBaseline(baselineSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) as never);
  }

  return async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
}
