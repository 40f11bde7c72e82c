import { createHash } from 'node:crypto';
import {
  dataHashOf,
  err,
  isDefinedOn,
  ok,
  type ProtocolId,
  type Result,
  type SweepId,
  scoresOf,
  TRAINING_VERSION,
} from '@gansweep/domain';
import {
  type KnownFolders,
  type PlannedRun,
  parseSweepDocument,
  parseSweepSpec,
  planOf,
  type SpecProblem,
  type SpecText,
  type SweepPlan,
  type SweepSpec,
  specHash,
} from '@gansweep/spec';
import { type ExtractorRegistry, judgedByMobilenet, NO_EXTRACTORS, withExtractors } from './extractor-registry.ts';
import { withMetricFiles } from './metric-files.ts';
import type { FolderLedger, NewRun, StoredSweep, SweepLedger } from './ports.ts';
import type { ReadModel } from './read-model.ts';
import { EXPANSION_CHUNK } from './reconcile.ts';
import { rungPlan } from './rung-plan.ts';
import { NO_TRAINERS, type TrainerRegistry, withTrainerFiles } from './trainer-registry.ts';

/** What a spec may name that only the owner of the machines can bring. */
export interface Registries {
  readonly trainers: TrainerRegistry;
  readonly extractors: ExtractorRegistry;
}

export const NO_REGISTRIES: Registries = { trainers: NO_TRAINERS, extractors: NO_EXTRACTORS };

/** The spec with its scores named and the hashes of everything registered that it names, or what is not registered here. */
export function withRegistered(
  spec: SweepSpec,
  { trainers, extractors }: Registries,
): Result<SweepSpec, readonly SpecProblem[]> {
  const trained = withTrainerFiles(spec, trainers);
  const looked = trained.ok ? withExtractors(judgedByMobilenet(trained.value, extractors), extractors) : trained;
  return looked.ok ? withMetricFiles(looked.value) : looked;
}

/** Configurations that a preview shows. */
const PREVIEWED = 20;

/** A submission that was refused; expected, so a value. */
export type SubmissionRefusal =
  | { readonly kind: 'bad-spec'; readonly problems: readonly SpecProblem[] }
  | { readonly kind: 'key-reused' };

export interface SubmittedSweepRow {
  readonly sweep: StoredSweep;
  /** False when the same key and body had made it before. */
  readonly created: boolean;
}

/**
 * Stores a sweep and its first chunk of runs in one transaction. The same key and body again give the same sweep.
 * @param newId a fresh UUIDv7.
 */
export async function submitSweep(
  submission: { readonly spec: SpecText; readonly idempotencyKey: string | null; readonly newId: SweepId },
  { sweeps, folders }: { readonly sweeps: SweepLedger; readonly folders: Pick<FolderLedger, 'newest'> },
  registries: Registries = NO_REGISTRIES,
): Promise<Result<SubmittedSweepRow, SubmissionRefusal>> {
  const known = await folders.newest();
  const parsed = readSpec(submission.spec, known, registries);
  if (!parsed.ok) return err({ kind: 'bad-spec', problems: parsed.error });
  const spec = parsed.value;
  const plan = planOf(spec);
  const answer = await sweeps.create(
    {
      id: submission.newId,
      name: spec.name,
      description: spec.description,
      spec: spec.document,
      specHash: specHash(spec),
      idempotencyKey: submission.idempotencyKey,
      bodyHash: createHash('sha256')
        .update(submission.spec.format)
        .update('\n')
        .update(submission.spec.text)
        .digest('hex'),
      trialCount: plan.trialCount,
      runCount: plan.runCount,
      priority: plan.priority,
      reuse: plan.reuse,
      plan: {
        ...plan.evaluation,
        judgedBy: judgedBy(plan, spec),
        ...(Object.keys(plan.onFinding).length > 0 ? { onFinding: plan.onFinding } : {}),
        ...rungPlan(plan.earlyTermination),
      },
      runMinutes: plan.runMinutes,
      trainingVersion: TRAINING_VERSION,
      growing: plan.seeds.max > plan.seeds.min,
    },
    newRuns(plan, known, { from: 0, count: EXPANSION_CHUNK }),
  );
  if (answer.kind === 'key-reused') return err({ kind: 'key-reused' });
  return ok({ sweep: answer.sweep, created: answer.kind === 'created' });
}

/**
 * The protocols that a spec names and that all of its data sets have, or else, of the default ones, those that give the scores of
 * its metrics and the score by which trials are stopped.
 */
function judgedBy(
  {
    datasets,
    metrics,
    earlyTermination,
    evaluation,
  }: Pick<SweepPlan, 'datasets' | 'metrics' | 'earlyTermination' | 'evaluation'>,
  { document }: Pick<SweepSpec, 'document'>,
): readonly ProtocolId[] {
  const { evaluation: written } = document as { readonly evaluation?: { readonly protocols?: unknown } };
  if (written?.protocols !== undefined)
    return evaluation.protocols.filter((id) => datasets.every((dataset) => isDefinedOn(id, dataset)));
  const stopping = earlyTermination === null ? [] : [earlyTermination.metric];
  const names = new Set([...metrics, ...stopping].map(({ name }) => name));
  return evaluation.protocols.filter((id) => scoresOf(id).some((score) => names.has(score)));
}

function readSpec(
  text: SpecText,
  known: KnownFolders,
  registries: Registries,
): Result<SweepSpec, readonly SpecProblem[]> {
  const parsed = parseSweepSpec(text, known);
  return parsed.ok ? withRegistered(parsed.value, registries) : parsed;
}

/** What a spec would make; nothing is stored. */
export async function previewSweep(
  text: SpecText,
  { read, folders }: { readonly read: Pick<ReadModel, 'speedOf'>; readonly folders: Pick<FolderLedger, 'newest'> },
  registries: Registries = NO_REGISTRIES,
): Promise<Result<SweepPreviewRow, readonly SpecProblem[]>> {
  const parsed = readSpec(text, await folders.newest(), registries);
  if (!parsed.ok) return parsed;
  const plan = planOf(parsed.value);
  const configurations = Array.from({ length: Math.min(PREVIEWED, plan.decidedTrials) }, (_, i) => plan.trialAt(i));
  return ok({
    name: parsed.value.name,
    specHash: specHash(parsed.value),
    trialCount: plan.trialCount,
    runCount: plan.runCount,
    proposedTrialCount: plan.trialCount - plan.decidedTrials,
    seeds: plan.seeds,
    configurations: configurations.map(({ trialId, configuration }) => ({ trialId, config: configuration })),
    estimatedCost: await estimate(plan, read),
  });
}

export interface SweepPreviewRow {
  readonly name: string;
  readonly specHash: string;
  readonly trialCount: number;
  readonly runCount: number;
  /** Trials that come as results come: what they are is not known before. */
  readonly proposedTrialCount: number;
  readonly seeds: SweepPlan['seeds'];
  readonly configurations: readonly {
    readonly trialId: PlannedRun['trialId'];
    readonly config: PlannedRun['configuration'];
  }[];
  readonly estimatedCost: { readonly images: number; readonly seconds: number | null; readonly basedOnRuns: number };
}

/**
 * Runs `from … from + count − 1` of a stored spec. @param known folders as they were when it was submitted.
 * @throws Error when the stored spec no longer parses.
 */
export function runsOfSpec(
  document: unknown,
  known: KnownFolders,
  part: { readonly from: number; readonly count: number },
): readonly NewRun[] {
  return newRuns(planOf(storedSpec(document)), known, part);
}

/** A spec that was accepted once. @throws Error when this version no longer accepts it. */
export function storedSpec(document: unknown): SweepSpec {
  const parsed = parseSweepDocument(document);
  if (!parsed.ok)
    throw new Error(`a stored spec is no longer valid: ${parsed.error[0]?.path} ${parsed.error[0]?.message}`);
  return parsed.value;
}

function newRuns(
  plan: SweepPlan,
  known: KnownFolders,
  { from, count }: { readonly from: number; readonly count: number },
): readonly NewRun[] {
  return Array.from(plan.runs(from, count), (run) => newRun(run, known));
}

/** @param known folders as they were when the sweep was submitted. */
export function newRun({ index, trialId, configuration, seed }: PlannedRun, known: KnownFolders): NewRun {
  return { index, trialId, configuration, seed, dataHash: dataHashOf(configuration.dataset, known) };
}

/** Trials looked at for the images of a large sweep; the rest is taken to be alike. */
const SAMPLED_TRIALS = 500;

async function estimate(plan: SweepPlan, read: Pick<ReadModel, 'speedOf'>): Promise<SweepPreviewRow['estimatedCost']> {
  const looked = Math.min(SAMPLED_TRIALS, plan.decidedTrials);
  const imagesByKind = new Map<string, number>();
  for (let i = 0; i < looked; i++) {
    const { model, dataset, images } = plan.trialAt(Math.floor((i * plan.decidedTrials) / looked)).configuration;
    imagesByKind.set(`${model}\n${dataset}`, (imagesByKind.get(`${model}\n${dataset}`) ?? 0) + images);
  }
  const scale = plan.runCount / looked;
  let images = 0;
  let seconds: number | null = 0;
  let basedOnRuns = 0;
  for (const [kind, sampled] of imagesByKind) {
    const [model = '', dataset = ''] = kind.split('\n');
    images += sampled * scale;
    const speed = await read.speedOf(model, dataset);
    seconds = speed === null || seconds === null ? null : seconds + sampled * scale * speed.secondsPerImage;
    basedOnRuns += speed?.runs ?? 0;
  }
  return { images: Math.round(images), seconds, basedOnRuns };
}
