import type { SweepId } from '@gansweep/domain';
import { LOOKS } from '@gansweep/verdict';
import type { FolderLedger, StoredSweep, SweepLedger } from '../ports.ts';
import type { ReadModel } from '../read-model.ts';
import { type Registries, submitSweep } from '../submit-sweep.ts';
import { seedsOfBaseline } from './begin-night.ts';
import { changesBetween } from './changes.ts';
import { circumstancesOf, type Gathered, gather, reportOfFault } from './gather.ts';
import { judgeNight, verdictOfNight } from './judge-night.ts';
import type { Baseline, Look, Night, NightLedger, NightQuestion, NightReport, ServiceCircumstances } from './night.ts';
import { type RegressionSpec, readRegressionSpec } from './regression-spec.ts';
import { seedsThatLack } from './seeds-that-lack.ts';

export interface NightTools {
  readonly nights: NightLedger;
  readonly sweeps: SweepLedger;
  readonly folders: Pick<FolderLedger, 'newest'>;
  readonly read: ReadModel;
  readonly registries: Registries;
  /** Of the code that this service runs. */
  readonly circumstances: ServiceCircumstances;
  /** A fresh UUIDv7. */
  readonly newId: () => string;
  /** RFC 3339. */
  readonly now: () => string;
}

/**
 * Takes every running night one step on: submits the sweeps of its look, and once they have ended judges them, adds the
 * look at the seeds that lack, or writes the report. Any number of processes may do it at once, and any of them may die in
 * the middle: submissions have idempotency keys, and what a look leads to is written once. The answer: how many ran.
 * @throws what kept a night from going on, after the others; the next call tries it again.
 */
export async function tendNights(tools: NightTools): Promise<number> {
  const running = await tools.nights.running();
  const failures: unknown[] = [];
  // What ails one night holds up no other.
  for (const night of running) await tendNight(night, tools).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
  return running.length;
}

async function tendNight(night: Night, tools: NightTools): Promise<void> {
  const { request } = night;
  if (request === null) return;
  const specs = new Map<string, RegressionSpec>();
  const known = await tools.folders.newest();
  for (const { name, spec } of request.sweeps) {
    const read = readRegressionSpec(spec, known);
    if (!read.ok) return giveUp(night, `${name}: ${read.error}`, tools);
    specs.set(name, read.value);
  }
  const submitted = await submitLooks(night, specs, tools);
  if (typeof submitted === 'string') return giveUp(night, submitted, tools);
  const cancelled = submitted.find(({ sweep }) => sweep.state === 'cancelled');
  if (cancelled) return endEarly(night, submitted, [`${cancelled.name}: its sweep was cancelled`], tools);
  const paused = await pausedByService(submitted, tools);
  if (paused !== null) {
    const { name, sweep } = paused.part;
    const { faults } = await gather(name, specs.get(name) as RegressionSpec, [sweep.id], tools.read);
    return endEarly(night, submitted, [`${name}: the service paused its sweep. ${paused.because}`, ...faults], tools);
  }
  if (submitted.some(({ sweep }) => sweep.state !== 'done')) return;

  const gathered: Gathered[] = [];
  for (const [name, spec] of specs) {
    const ids = submitted.filter((one) => one.name === name).map(({ sweep }) => sweep.id);
    gathered.push(await gather(name, spec, ids, tools.read));
  }
  const baseline = request.baseline === null ? null : await tools.nights.baseline(request.baseline);
  const settled = Object.assign({}, ...night.looks.map((look) => look.settled)) as Look['settled'];
  const questions =
    baseline === null
      ? []
      : judgeNight(
          gathered.map(({ sweep }) => sweep),
          baseline,
          request.settings,
          settled,
        );
  const next = baseline === null ? null : nextLook({ night, baseline, specs, questions });
  if (next !== null) {
    const [last] = night.looks.slice(-1);
    const judged = { ...(last as Look), settled: settledBy(questions) };
    await tools.nights.advance(night.id, night.looks.length, [...night.looks.slice(0, -1), judged, next]);
    return;
  }
  const faults = gathered.flatMap((one) => one.faults);
  const circumstances = circumstancesOf(gathered, tools.circumstances);
  const report: NightReport = {
    verdict: verdictOfNight(questions, faults),
    questions,
    changes: baseline === null ? [] : changesBetween(baseline.circumstances, circumstances),
    faults,
    circumstances,
    baselineSavedAt: baseline?.savedAt ?? null,
  };
  const made: Baseline | null =
    request.saveBaseline === null || faults.length > 0
      ? null
      : {
          version: 1,
          name: request.saveBaseline,
          savedAt: tools.now(),
          circumstances,
          sweeps: gathered.map(({ sweep }) => sweep),
        };
  await tools.nights.finish(night.id, report, made);
}

interface SubmittedPart {
  readonly name: string;
  readonly sweep: StoredSweep;
}

/** The sweeps of all looks so far, submitted where they are not yet; or why one is refused. */
async function submitLooks(
  night: Night,
  specs: ReadonlyMap<string, RegressionSpec>,
  { sweeps, folders, registries, newId }: NightTools,
): Promise<readonly SubmittedPart[] | string> {
  const parts: SubmittedPart[] = [];
  for (const [at, look] of night.looks.entries())
    for (const { name, seeds } of look.sweeps) {
      const spec = specs.get(name);
      if (!spec) return `${name}: the night has no such sweep`;
      const answer = await submitSweep(
        {
          spec: { format: 'json', text: JSON.stringify(spec.withSeeds(seeds)) },
          idempotencyKey: keyOfPart(night.id, at, name),
          newId: newId() as SweepId,
        },
        { sweeps, folders },
        registries,
      );
      if (!answer.ok)
        return answer.error.kind === 'bad-spec'
          ? `${name}: ${answer.error.problems[0]?.path}: ${answer.error.problems[0]?.message}`
          : `${name}: its spec has changed since the night began`;
      parts.push({ name, sweep: answer.value.sweep });
    }
  return parts;
}

/** Idempotency key of the sweep of one look. */
export const keyOfPart = (night: string, look: number, sweep: string): string => `night ${night} ${look} ${sweep}`;

/** The look at the seeds that lack: of each sweep with an open question, as many as would settle it; null where none does. */
function nextLook({
  night,
  baseline,
  specs,
  questions,
}: {
  readonly night: Night;
  readonly baseline: Baseline;
  readonly specs: ReadonlyMap<string, RegressionSpec>;
  readonly questions: readonly NightQuestion[];
}): Look | null {
  if (night.looks.length >= LOOKS) return null;
  const sweeps = [...specs].flatMap(([name, spec]) => {
    const had = seedsOfBaseline(baseline, name);
    const all = spec.seeds.filter((seed) => had.has(seed));
    const used = new Set(
      night.looks.flatMap((look) => look.sweeps.filter((part) => part.name === name).flatMap(({ seeds }) => seeds)),
    );
    const own = questions.filter(({ sweep }) => sweep === name);
    const lacking = seedsThatLack({ all, used, questions: own });
    return lacking.length === 0 ? [] : [{ name, seeds: lacking }];
  });
  return sweeps.length === 0 ? null : { sweeps, settled: {} };
}

const settledBy = (questions: readonly NightQuestion[]): Look['settled'] =>
  Object.fromEntries(
    questions.filter(({ verdict }) => verdict !== 'inconclusive').map(({ key, verdict }) => [key, verdict]),
  );

/** A sweep that its failures, or its hours, paused: it will not go on by itself, and nobody waits beside a night. */
async function pausedByService(
  parts: readonly SubmittedPart[],
  { read }: Pick<NightTools, 'read'>,
): Promise<{ readonly part: SubmittedPart; readonly because: string } | null> {
  for (const part of parts.filter(({ sweep }) => sweep.state === 'paused')) {
    const because = (await read.getSweep(part.sweep.id))?.pausedBecause ?? null;
    if (because !== null) return { part, because };
  }
  return null;
}

/** Ends a night that cannot be judged any more, and then what of it would be trained for nothing. */
async function endEarly(
  night: Night,
  parts: readonly SubmittedPart[],
  faults: readonly string[],
  { nights, sweeps, circumstances }: NightTools,
): Promise<void> {
  const [first = '', ...others] = faults;
  const report = reportOfFault(first, circumstances);
  await nights.finish(night.id, { ...report, faults: [...report.faults, ...others] }, null);
  for (const { sweep } of parts) await sweeps.cancel(sweep.id);
}

async function giveUp(night: Night, fault: string, { nights, circumstances }: NightTools): Promise<void> {
  await nights.finish(night.id, reportOfFault(fault, circumstances), null);
}
