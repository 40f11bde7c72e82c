import { createHash } from 'node:crypto';
import {
  type Configuration,
  dataHashOf,
  err,
  ok,
  type Result,
  type SweepId,
  TRAINING_VERSION,
  type TrialId,
} from '@gansweep/domain';
import {
  growDocument,
  type KnownFolders,
  parseDocumentText,
  parseSweepDocument,
  planOf,
  RUNS_MAX,
  type SpecProblem,
  type SpecText,
  type SweepPlan,
  type SweepSpec,
  specHash,
} from '@gansweep/spec';
import { type Beginning, beginningsOf, notesOnBeginnings } from './continue-runs.ts';
import type { FolderLedger, NewRun, StoredSweep, SweepLedger, SweepMembers } from './ports.ts';
import { EXPANSION_CHUNK } from './reconcile.ts';
import { NO_REGISTRIES, type Registries, storedSpec, withRegistered } from './submit-sweep.ts';

/** A growth that was refused; expected, so a value. */
export type GrowthRefusal =
  | { readonly kind: 'bad-spec'; readonly problems: readonly SpecProblem[] }
  | { readonly kind: 'not-found' | 'key-reused' }
  | { readonly kind: 'conflict'; readonly message: string };

/** What a growth did. */
export interface SweepGrowth {
  readonly sweep: StoredSweep;
  /** A line for each thing that is other than before. */
  readonly changes: readonly string[];
  readonly addedTrialCount: number;
  readonly addedRunCount: number;
  /** Of these, runs of the first chunk that were recorded before. */
  readonly adoptedRunCount: number;
  /** What a person may wonder about: why nothing was added. */
  readonly notes: readonly string[];
}

/** Growths that may come between reading a sweep and changing it before the caller has to ask again. */
const TRIES = 5;

/**
 * Merges a part of a spec into a sweep's and adds the runs that it lacks behind those it has. The same key and body
 * again change nothing and answer as before.
 */
export async function growSweep(
  growth: { readonly id: SweepId; readonly patch: SpecText; readonly idempotencyKey: string | null },
  { sweeps, folders }: { readonly sweeps: SweepLedger; readonly folders: Pick<FolderLedger, 'newest'> },
  registries: Registries = NO_REGISTRIES,
): Promise<Result<SweepGrowth, GrowthRefusal>> {
  const patch = parseDocumentText(growth.patch);
  if (!patch.ok) return err({ kind: 'bad-spec', problems: patch.error });
  const bodyHash = createHash('sha256')
    .update(growth.patch.format)
    .update('\n')
    .update(growth.patch.text)
    .digest('hex');
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const sweep = await sweeps.find(growth.id);
    if (sweep === null) return err({ kind: 'not-found' });
    const known = await folders.newest(sweep.createdAt);
    const read = grownSpec(sweep, patch.value, known, registries);
    // An earlier answer under the key stands whatever the sweep is like by now.
    const more = read.ok ? runsLacking(read.value.spec, await sweeps.members(sweep.id, sweep.nextIndex)) : null;
    const grown = read.ok && more !== null ? withinCap(read.value, sweep.nextIndex, more) : read;
    const answer = await sweeps.grow(
      growth.id,
      { idempotencyKey: growth.idempotencyKey, bodyHash, from: sweep.nextIndex, specHashBefore: sweep.specHash },
      grown.ok && more !== null
        ? {
            spec: grown.value.spec.document,
            specHash: specHash(grown.value.spec),
            priority: grown.value.spec.priority,
            growing: grown.value.spec.seeds.most > grown.value.spec.seeds.count,
            trialCount: more.trialCount,
            runCount: sweep.nextIndex + more.runCount,
            addedTrialCount: more.addedTrialCount,
            changes: grown.value.changes,
            notes: notesOn(grown.value, more),
          }
        : null,
      !grown.ok || more === null ? [] : withData([...more.runs(0, EXPANSION_CHUNK)], sweep.nextIndex, known),
    );
    switch (answer.kind) {
      case 'grown':
      case 'existing':
        return ok(answer.growth);
      case 'stale':
        continue;
      case 'nothing-to-do':
        return grown.ok ? err({ kind: 'not-found' }) : err(grown.error);
      case 'conflict':
        // What is wrong with the patch is told first.
        return err(grown.ok ? { kind: 'conflict', message: CONFLICTS[answer.state] } : grown.error);
      case 'not-found':
      case 'key-reused':
        return err({ kind: answer.kind });
    }
  }
  return err({ kind: 'conflict', message: 'others change the sweep at this moment: try again' });
}

const CONFLICTS = {
  cancelled: 'a sweep that is cancelled cannot grow: submit its grown spec, which adopts the runs that ended',
  expanding:
    'its runs are still being written down, or its trials proposed from results: try again once all stand (a paused sweep goes on with that once it is resumed)',
} as const;

function grownSpec(
  sweep: StoredSweep,
  patch: unknown,
  known: KnownFolders,
  registries: Registries,
): Result<{ readonly spec: SweepSpec; readonly changes: readonly string[] }, GrowthRefusal> {
  if (sweep.trainingVersion !== TRAINING_VERSION)
    return err({
      kind: 'conflict',
      message: `its runs were trained by version ${sweep.trainingVersion} of the numerics, and this service has version ${TRAINING_VERSION}: submit the grown spec as a new sweep`,
    });
  const merged = growDocument(sweep.spec, patch);
  if (!merged.ok) return err({ kind: 'bad-spec', problems: merged.error });
  const before = storedSpec(sweep.spec);
  const parsed = parseSweepDocument(judgedAsBefore(merged.value.document, before), known);
  const registered = parsed.ok ? withRegistered(parsed.value, registries) : parsed;
  if (!registered.ok) return err({ kind: 'bad-spec', problems: registered.error.map(asGrowthProblem) });
  const spec = registered.value;
  const problems = [...seedsLeftOut(before, spec), ...trialsLeftOut(before, spec)];
  return problems.length > 0 ? err({ kind: 'bad-spec', problems }) : ok({ spec, changes: merged.value.changes });
}

/**
 * With what the sweep is judged by written out: where the spec leaves it to the data sets, others that come in, or an extractor
 * that was registered since, would change what runs are compared by.
 */
function judgedAsBefore(document: Readonly<Record<string, unknown>>, { metrics, evaluation }: SweepSpec): object {
  const metric = document.metric ?? (metrics.length > 0 ? metrics : undefined);
  return {
    ...document,
    ...(metric === undefined ? {} : { metric }),
    evaluation: { ...(document.evaluation as object | undefined), protocols: evaluation.protocols },
  };
}

/** What a growth adds has to fit the scores; the advice to change these would be in vain. */
function asGrowthProblem(problem: SpecProblem): SpecProblem {
  if (!/^(metric|evaluation)\b/.test(problem.path)) return problem;
  const [why] = problem.message.split(/: add |; did you mean /);
  return {
    path: 'parameters',
    message: `would bring in runs without the scores that the sweep is judged by, which stay: ${why}. Submit another sweep for them`,
  };
}

/** `run_cap` counts all runs of a sweep, also those that more seeds give to trials that are there. */
function withinCap<Grown extends { readonly spec: SweepSpec }>(
  grown: Grown,
  from: number,
  more: LackingRuns,
): Result<Grown, GrowthRefusal> {
  const cap = grown.spec.runCap ?? RUNS_MAX;
  const runs = from + more.runCount;
  if (more.runCount === 0 || runs <= cap) return ok(grown);
  const message =
    runs <= RUNS_MAX
      ? `${cap} is less than the ${runs} runs that the sweep would have (${from} it has and ${more.runCount} more): raise run_cap`
      : `would make ${runs} runs (${from} there and ${more.runCount} more), and a sweep has at most ${RUNS_MAX}: submit another one`;
  return err({ kind: 'bad-spec', problems: [{ path: runs <= RUNS_MAX ? 'run_cap' : '', message }] });
}

function seedsLeftOut(before: SweepSpec, after: SweepSpec): readonly SpecProblem[] {
  if (after.seeds.most < before.seeds.most)
    return [
      { path: 'seeds', message: `runs of the sweep may have seed ${before.seeds.most} already: take at least as many` },
    ];
  const seeds = new Set(Array.from({ length: after.seeds.count }, (_, i) => after.seeds.at(i)));
  const missing = Array.from({ length: before.seeds.count }, (_, i) => before.seeds.at(i)).filter(
    (seed) => !seeds.has(seed),
  );
  return missing.length === 0
    ? []
    : [
        {
          path: 'seeds',
          message: `leaves out ${missing.slice(0, 5).join(', ')}, which runs of the sweep have, and runs are never taken out`,
        },
      ];
}

/** A grid has to keep all its trials: a new dimension needs the value that they have. */
function trialsLeftOut(before: SweepSpec, after: SweepSpec): readonly SpecProblem[] {
  if (before.method !== 'grid') return [];
  const [old, grown] = [planOf(before), planOf(after)];
  const ids = new Set(Array.from({ length: grown.trialCount }, (_, i) => grown.trialAt(i).trialId));
  for (let i = 0; i < old.trialCount; i++) {
    const { trialId, configuration } = old.trialAt(i);
    if (ids.has(trialId)) continue;
    const had = grown.axes
      .filter((name) => !old.axes.includes(name))
      .map((name) => `${name} ${String((configuration as unknown as Record<string, unknown>)[name])}`);
    return [
      {
        path: 'parameters',
        message: `would take trials out of the sweep, which is never done${had.length > 0 ? `: they have ${had.join(', ')}, so list that too` : ''}`,
      },
    ];
  }
  return [];
}

type Trial = SweepMembers['trials'][number];

/** Runs of a grown spec that a sweep lacks. */
export interface LackingRuns {
  /** Trials of the sweep with them, and those that are new. */
  readonly trialCount: number;
  readonly addedTrialCount: number;
  readonly runCount: number;
  /** How those begin of which the sweep has a shorter run. */
  beginnings(): readonly Beginning[];
  /** Up to `count` of them from number `from` on, in the order in which they are added; not those of trials that results decide. */
  runs(from: number, count: number): Generator<Omit<NewRun, 'index' | 'dataHash'>>;
}

/**
 * What a sweep lacks of its grown spec. Its trials stay; a grid gets the rest of its trials, drawn ones as many as
 * `run_cap` allows, from the space as it is now. All have every seed in the end, those of before first.
 */
export function runsLacking(spec: SweepSpec, members: SweepMembers): LackingRuns {
  const plan = planOf(spec);
  const there = new Set(members.runs.map(({ trialId, seed }) => `${trialId} ${seed}`));
  const trials = [...members.trials, ...newTrials(plan, members)];
  const seeds = Array.from({ length: spec.seeds.count }, (_, i) => spec.seeds.at(i));
  const beginningOf = beginningsOf(spec, members);
  const proposed = plan.search === null ? 0 : Math.max(0, plan.trialCount - trials.length);
  const pairs: [trial: number, seed: number][] = [];
  const add = (trial: number, seed: number): void => {
    if (!there.has(`${trials[trial]?.id} ${seed}`)) pairs.push([trial, seed]);
  };
  if (spec.order === 'shuffled') for (const seed of seeds) for (let t = 0; t < trials.length; t++) add(t, seed);
  else for (let t = 0; t < trials.length; t++) for (const seed of seeds) add(t, seed);
  return {
    trialCount: trials.length + proposed,
    addedTrialCount: trials.length + proposed - members.trials.length,
    runCount: pairs.length + proposed * seeds.length,
    beginnings: () => pairs.flatMap(([t, seed]) => beginningOf((trials[t] as Trial).configuration, seed) ?? []),
    *runs(from, count) {
      for (const [t, seed] of pairs.slice(from, from + count)) {
        const { id, configuration } = trials[t] as Trial;
        const beginning = beginningOf(configuration, seed);
        const continues = beginning?.kind === 'continues' ? { continues: beginning.run } : {};
        yield { trialId: id, configuration, seed, ...continues };
      }
    },
  };
}

function newTrials(plan: SweepPlan, members: SweepMembers): readonly { id: TrialId; configuration: Configuration }[] {
  const known = new Set(members.trials.map(({ id }) => id));
  const found: { id: TrialId; configuration: Configuration }[] = [];
  for (let i = 0; i < plan.decidedTrials && known.size < plan.trialCount; i++) {
    const { trialId, configuration } = plan.trialAt(i);
    if (known.has(trialId)) continue;
    known.add(trialId);
    found.push({ id: trialId, configuration });
  }
  return found;
}

function notesOn(
  { spec, changes }: { readonly spec: SweepSpec; readonly changes: readonly string[] },
  more: LackingRuns,
): readonly string[] {
  if (more.runCount > 0) return notesOnBeginnings(more.beginnings());
  if (changes.length === 0) return ['The sweep has all of that already.'];
  return spec.method === 'grid' ||
    spec.seeds.most > spec.seeds.count ||
    changes.every((line) => line.startsWith('priority'))
    ? []
    : [
        `No trial was drawn: the sweep has the ${more.trialCount} that run_cap ${spec.runCap} allows. Raise run_cap to draw from the space as it is now.`,
      ];
}

/** Runs `from … from + count − 1` of a sweep that grew while it had `grownFrom` runs. */
export async function runsOfGrown(
  sweep: StoredSweep & { readonly grownFrom: number },
  part: { readonly from: number; readonly count: number },
  {
    sweeps,
    folders,
  }: { readonly sweeps: Pick<SweepLedger, 'members'>; readonly folders: Pick<FolderLedger, 'newest'> },
): Promise<readonly NewRun[]> {
  const known = await folders.newest(sweep.createdAt);
  const more = runsLacking(storedSpec(sweep.spec), await sweeps.members(sweep.id, sweep.grownFrom));
  return withData([...more.runs(part.from - sweep.grownFrom, part.count)], part.from, known);
}

function withData(
  runs: readonly Omit<NewRun, 'index' | 'dataHash'>[],
  from: number,
  known: KnownFolders,
): readonly NewRun[] {
  return runs.map((run, i) => ({ ...run, index: from + i, dataHash: dataHashOf(run.configuration.dataset, known) }));
}
