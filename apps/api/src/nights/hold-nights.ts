import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { baseline as baselineSchema } from '@gansweep/contract';
import {
  type Baseline,
  beginNight,
  keepSchedule,
  type NightRequest,
  type Registries,
  reportOfFault,
  type ServiceCircumstances,
  tendNights,
} from '@gansweep/orchestrator';
import type { Config, Log } from '@gansweep/runtime';
import type { Store } from '@gansweep/store';
import { lineOfRefusal } from '../routes/nights.ts';
import { RegressionFolderError, readRegressionFolder, SHIPPED_REGRESSION } from './regression-folder.ts';

const TEND_MS = 2_000;
const SCHEDULE_MS = 30_000;

interface NightHolder {
  readonly store: Store;
  readonly registries: Registries;
  readonly nightly: Config['nightly'];
  /** Of the code that this process runs. */
  readonly circumstances: Promise<ServiceCircumstances>;
  readonly newId: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly every: (ms: number, work: () => Promise<void>) => () => Promise<void>;
  /** Tells idle workers of new runs. */
  readonly ring: () => void;
  readonly log: Log;
}

/**
 * Goes on with nights that run, and begins the one of the schedule where there is one; the result stops it. Any number of
 * processes may do it at the same time, and what a failure left undone is tried again.
 */
export function holdNights(holder: NightHolder): () => Promise<void> {
  const { store, registries, nightly, newId, now, every, ring, log } = holder;
  const guarded = (work: () => Promise<void>, message: string) => async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.warn({ event: 'night.fault', reason: error instanceof Error ? error.message : String(error) }, message);
    }
  };
  const tend = async (): Promise<void> => {
    const circumstances = await holder.circumstances;
    const tools = { ...store, registries, newId, circumstances, now: () => new Date(now()).toISOString() };
    if ((await tendNights(tools)) > 0) ring();
  };
  const stops = [every(TEND_MS, guarded(tend, 'a night did not go on; it will be tried again'))];
  if (nightly !== null) {
    const keep = (): Promise<void> =>
      keepSchedule(nightly.at, {
        nights: store.nights,
        now,
        newId,
        onMissed: (date) =>
          log.warn({ event: 'night.missed', date }, `no service was there to begin the night of ${date}`),
        begin: (date) => beginScheduled(date, nightly, holder),
      });
    stops.push(every(SCHEDULE_MS, guarded(keep, 'the scheduled night did not begin; it will be tried again')));
  }
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
}

/** Begins the night of a date. One that cannot be held, as its folder or baseline is amiss, is written down with the reason. */
async function beginScheduled(
  date: string,
  { sweeps: folder, baseline }: NonNullable<Config['nightly']>,
  { store: { nights, folders }, circumstances, newId, log }: NightHolder,
): Promise<void> {
  const night = { id: newId(), scheduledFor: date };
  let request: NightRequest | null = null;
  let fault: string;
  try {
    request = { ...readRegressionFolder(folder ?? undefined), baseline, saveBaseline: null };
    if ((await nights.baseline(baseline)) === null) {
      const filed = baselineBeside(folder ?? SHIPPED_REGRESSION, baseline);
      if (filed !== null) await nights.saveBaseline(filed);
    }
    const begun = await beginNight({ ...night, request }, { nights, folders });
    if (begun.ok) log.info({ event: 'night.begun', date }, `the night of ${date} began`);
    if (begun.ok || begun.error.kind === 'begun-already') return;
    fault = lineOfRefusal(begun.error);
  } catch (error) {
    if (!(error instanceof RegressionFolderError)) throw error;
    fault = error.message;
  }
  const report = reportOfFault(fault, await circumstances);
  if (await nights.begin({ ...night, state: 'done', request, looks: [], report }))
    log.warn({ event: 'night.refused', date, reason: fault }, `the night of ${date} could not be held`);
}

/** A baseline that is a file beside the sweeps; null: there is none. @throws RegressionFolderError. */
function baselineBeside(folder: string, name: string): Baseline | null {
  const file = path.join(folder, 'baselines', `${name}.json`);
  if (!existsSync(file)) return null;
  try {
    return { ...baselineSchema.parse(JSON.parse(readFileSync(file, 'utf8'))), name } as Baseline;
  } catch (error) {
    throw new RegressionFolderError(
      `${file} is no baseline: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
