import { isTerminal, type RunId, type SweepId, TRAINING_VERSION } from '@gansweep/domain';
import type { ReadModel } from '../read-model.ts';
import type {
  Circumstances,
  NightReport,
  ServiceCircumstances,
  TrainedSeed,
  TrainedSweep,
  TrainedTrial,
} from './night.ts';
import type { RegressionSpec } from './regression-spec.ts';

type Reader = Pick<ReadModel, 'allTrials' | 'scores' | 'getRun' | 'evaluations'>;

/** What a regression sweep has recorded, and what of it failed. */
export interface Gathered {
  readonly sweep: TrainedSweep;
  readonly faults: readonly string[];
  readonly backends: readonly string[];
  readonly data: Readonly<Record<string, string>>;
}

/** Reads the ended runs of a sweep's looks, all of the same trials with other seeds. */
export async function gather(
  name: string,
  { metrics, axes }: Pick<RegressionSpec, 'metrics' | 'axes'>,
  ids: readonly SweepId[],
  read: Reader,
): Promise<Gathered> {
  const trials = new Map<string, TrainedTrial>();
  const faults = new Set<string>();
  const backends = new Set<string>();
  const data: Record<string, string> = {};
  for (const id of ids) {
    const scores = new Map<RunId, Record<string, number>>();
    const passports = new Map<string, Record<string, string>>();
    for (const { name: score, goal, at } of metrics)
      for (const one of await read.scores(id, { trialIds: null, name: score, at, goal })) {
        const other = (passports.get(one.trialId) ?? trials.get(one.trialId)?.passports)?.[score];
        if (other !== undefined && other !== one.passport)
          faults.add(
            `${name}: runs of one configuration have ${score} under several passports, which are not compared (its network, plug-in or data set changed while the night ran): hold it again`,
          );
        scores.set(one.runId, { ...scores.get(one.runId), [score]: one.value });
        passports.set(one.trialId, { ...passports.get(one.trialId), [score]: one.passport });
      }
    for (const { id: trialId, config, runIds, states, seeds } of await read.allTrials(id)) {
      const trained: TrainedSeed[] = [];
      const label = axes
        .map((axis) => `${axis}=${(config as unknown as Record<string, unknown>)[axis] ?? '–'}`)
        .join(' ');
      for (const [i, runId] of runIds.entries()) {
        const state = states[i];
        const run = await read.getRun(runId);
        const seed = seeds[i] ?? 0;
        if (state === 'succeeded' || state === 'diverged')
          trained.push({ seed, state, scores: scores.get(runId) ?? {} });
        else if (state !== undefined && isTerminal(state)) {
          const failure = run?.attempts.at(-1)?.failure?.message;
          faults.add(
            `${[name, label].filter(Boolean).join(' ')}, seed ${seed}: the run ended as ${state}${failure ? `: ${failure}` : ''}`,
          );
        }
        if (run?.backend) backends.add(`${run.backend.name} ${run.backend.version} on ${run.backend.device}`);
      }
      const [first] = runIds;
      for (const { passport } of first === undefined ? [] : await read.evaluations(first)) {
        const { real } = passport as { readonly real?: { readonly dataset?: string; readonly dataHash?: string } };
        if (real?.dataset && real.dataHash) data[real.dataset] = real.dataHash;
      }
      const before = trials.get(trialId);
      trials.set(trialId, {
        id: trialId,
        label,
        passports: { ...before?.passports, ...passports.get(trialId) },
        seeds: [...(before?.seeds ?? []), ...trained].sort((a, b) => a.seed - b.seed),
      });
    }
  }
  return { sweep: { name, metrics, trials: [...trials.values()] }, faults: [...faults], backends: [...backends], data };
}

/** The circumstances of everything that was gathered. */
export function circumstancesOf(
  gathered: readonly Gathered[],
  service: Pick<Circumstances, 'commit' | 'lockfile'>,
): Circumstances {
  return {
    ...service,
    backends: [...new Set(gathered.flatMap(({ backends }) => backends))].sort(),
    data: Object.assign({}, ...gathered.map(({ data }) => data)) as Record<string, string>,
    trainingVersion: TRAINING_VERSION,
  };
}

/** Of a night that could not be held. @param fault why, for a person. */
export const reportOfFault = (fault: string, service: ServiceCircumstances): NightReport => ({
  verdict: 'could-not-run',
  questions: [],
  changes: [],
  faults: [fault],
  circumstances: circumstancesOf([], service),
  baselineSavedAt: null,
});
