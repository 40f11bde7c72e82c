import { type OpenDataset, openDataset } from '@gansweep/datasets';
import { type Configuration, pluginFiles, pluginsOf } from '@gansweep/domain';
import { planTraining, trainGan } from '@gansweep/gan';
import { evaluationTargets, mergeEvaluationPlans, wantedUntil } from '@gansweep/orchestrator/evaluation-plan';
import { trainWithCommand } from './command/train-with-command.ts';
import { attemptRecord } from './evaluation/attempt-record.ts';
import { lackingExtractor, unfitExtractor } from './evaluation/open-registered.ts';
import { runEvaluations } from './evaluation/run-evaluations.ts';
import { scoreNetworks } from './evaluation/score-networks.ts';
import { keep, keepSamples, usableCheckpoint } from './job-artifacts.ts';
import type { JobTools } from './job-tools.ts';
import type { JobEnd, TrainingJob } from './messages.ts';
import { runPanels } from './panels/run-panels.ts';
import { attemptDetectors } from './run-detectors.ts';

/** Progress grids besides those at evaluations: one early, so that a person sees something soon. */
const EARLY_SAMPLE_SHARE = 0.1;
/** A checkpoint costs at most a tenth of the time between two. */
const CHECKPOINT_COST_FACTOR = 10;

/** Trains one attempt: the stream of a training turned into artefacts and news. */
export async function trainJob(job: TrainingJob, tools: JobTools): Promise<JobEnd> {
  const { configuration, seed } = job;
  const { seconds, tell } = tools;
  const executor = tools.backend.executorFor(configuration);
  const without = lackingPlugin(configuration) ?? lackingMetrics(job);
  if (without !== null) return { kind: 'failed', failureKind: 'worker-local', message: without };
  const dataset = await openDataset(configuration, {
    folder: tools.datasets,
    note: (line) => tell({ kind: 'log', line }),
    version: job.folder,
  });
  if (dataset.dataHash !== job.dataHash)
    return {
      kind: 'failed',
      failureKind: 'user',
      message: `data set ${configuration.dataset} has the content ${dataset.dataHash}, the run was made for ${job.dataHash}; submit the sweep again`,
    };
  const lacking = lackingExtractors(job, tools);
  if (lacking !== null) return { kind: 'failed', failureKind: 'worker-local', message: lacking };
  const unfit = unfitExtractors(job, tools, dataset);
  if (unfit !== null) return { kind: 'failed', failureKind: 'user', message: unfit };
  const plan = planTraining(configuration);
  const { totalImages } = plan;
  const targets = evaluationTargets(job.plans, totalImages);
  const folder = `runs/${job.runId}/e${job.epoch}`;
  const overBudget = (): boolean =>
    job.runMinutes !== null && job.secondsUsed + tools.share.seconds() > job.runMinutes * 60;
  if (configuration.trainer !== undefined)
    return trainWithCommand(job, configuration.trainer, { ...tools, dataset, executor, overBudget });
  const rhythm = checkpointRhythm(tools);
  const panels = runPanels(tools, {
    folder,
    dataset,
    executor,
    totalImages,
    seconds,
    slotSeconds: () => tools.share.seconds(),
    share: tools.evaluations.share,
    turn: tools.turn,
  });
  const ofNetworks = async (checkpoint: Uint8Array, imagesSeen: number): Promise<void> => {
    const work = { checkpoint, imagesSeen, dataset, executor, seconds, date: tools.date() };
    for (const evaluation of await scoreNetworks(job, work)) tell({ kind: 'evaluation', evaluation });
  };
  let evaluatedAt = 0;
  const heartbeat = aliveEverySecond(tools);
  const { date, lanes } = tools;
  const runRecord = attemptRecord(job, { plan, seconds, date });
  const evaluations = runEvaluations(job, {
    dataset,
    executor,
    runRecord,
    tools: tools.evaluations,
    seconds,
    date,
    lanes,
    tell,
  });
  const until = wantedUntil(job.plans);
  /** Images at the last border, where what was due there has been scored. */
  let borderAt = 0;
  const atRung = (): boolean => until !== null && borderAt >= until && borderAt < totalImages;
  const imagesPerBorder = plan.recordEvery * plan.imagesPerIteration;
  const detectors = attemptDetectors(job, { dataset, plan, tell });
  const training = trainGan({
    configuration,
    seed,
    reals: dataset.train,
    executor,
    resume: (await usableCheckpoint(job, tools))?.bytes ?? null,
    evaluateAt: targets,
    samplesAt: [Math.ceil(totalImages * EARLY_SAMPLE_SHARE), ...targets],
    looksAt: detectors.looksAt,
    // None is recorded before the evaluation under way, which a run that continues from it would leave out.
    checkpointDue: () => !evaluations.isUnderWay() && rhythm.due(),
    stop: () => {
      heartbeat();
      tools.evaluations.idleCores.look();
      return tools.stopAsked() || atRung() || overBudget() || detectors.endRun() ? 'stop' : 'go-on';
    },
    seconds,
    turn: tools.turn,
    // Lanes of one fused call share its time; packs and single runs take turns.
    share: () => 1 / Math.ceil(tools.lanes() / (executor.lanesPerCall ?? 1)),
  });
  for (;;) {
    const { done, value } = await training.next();
    if (done) {
      await evaluations.settle();
      if (value.kind === 'diverged') {
        detectors.diverged(value.imagesSeen, value.firstBadTensor);
        return value;
      }
      await keep(tools, {
        key: `${folder}/${value.imagesSeen}.full`,
        kind: 'full',
        imagesSeen: value.imagesSeen,
        bytes: value.checkpoint,
      });
      if (value.kind === 'stopped' && atRung() && !detectors.endRun())
        return { kind: 'at-rung', imagesSeen: value.imagesSeen };
      if (value.kind === 'stopped' && !overBudget() && !detectors.endRun())
        return { kind: 'stopped', imagesSeen: value.imagesSeen };
      await keep(tools, {
        key: `${folder}/${value.imagesSeen}.generator`,
        kind: 'generator',
        imagesSeen: value.imagesSeen,
        bytes: value.generator,
      });
      if (value.imagesSeen === evaluatedAt) await ofNetworks(value.checkpoint, value.imagesSeen);
      await panels.ofNetworks({ checkpoint: value.checkpoint, imagesSeen: value.imagesSeen, isEnd: true });
      if (value.kind === 'stopped' && detectors.endRun()) return { kind: 'pruned', imagesSeen: value.imagesSeen };
      return {
        kind: 'succeeded',
        imagesSeen: value.imagesSeen,
        endedBy: value.kind === 'stopped' ? 'budget' : 'images',
      };
    }
    switch (value.kind) {
      case 'started':
        tell({ kind: 'started', backend: value.backend, resumedAtImages: value.resumedAtImages });
        detectors.resume(value.resumedAtImages, { isInherited: isInherited(job, value.resumedAtImages) });
        runRecord.resume(value.resumedAtImages);
        if (value.resumedAtImages % imagesPerBorder === 0) borderAt = value.resumedAtImages;
        break;
      case 'points':
        borderAt = value.imagesSeen;
        tell({ kind: 'points', imagesSeen: value.imagesSeen, values: value.values });
        detectors.points(value.imagesSeen, value.values);
        runRecord.points(value.imagesSeen, value.values);
        break;
      case 'samples':
        detectors.samples(value.imagesSeen, value.samples);
        if (!value.isShown) break;
        await keepSamples(tools, configuration, {
          key: `${folder}/${value.imagesSeen}.png`,
          imagesSeen: value.imagesSeen,
          samples: value.samples,
        });
        break;
      case 'evaluation-due':
        evaluatedAt = value.imagesSeen;
        await evaluations.begin({
          imagesSeen: value.imagesSeen,
          generator: value.generator,
          goesOn: value.imagesSeen < totalImages,
        });
        if (value.imagesSeen < totalImages)
          await keep(tools, {
            key: `${folder}/${value.imagesSeen}.generator`,
            kind: 'generator',
            imagesSeen: value.imagesSeen,
            bytes: await value.generator.bytes(),
          });
        break;
      case 'checkpoint': {
        const isEvaluated = value.imagesSeen === evaluatedAt;
        await evaluations.afterwards(async () => {
          // Before the checkpoint vouches for them.
          if (isEvaluated) {
            await ofNetworks(value.bytes, value.imagesSeen);
            await panels.ofNetworks({ checkpoint: value.bytes, imagesSeen: value.imagesSeen, isEnd: false });
          }
          const start = seconds();
          await keep(tools, {
            key: `${folder}/${value.imagesSeen}.full`,
            kind: 'full',
            imagesSeen: value.imagesSeen,
            bytes: value.bytes,
          });
          rhythm.written(seconds() - start);
        });
        break;
      }
    }
  }
}

/** Whether what stands up to there is a shorter run's record, at which this run's detectors have not looked. */
function isInherited({ checkpoints }: TrainingJob, images: number): boolean {
  return checkpoints.some(({ imagesSeen, inherited }) => inherited === true && imagesSeen === images);
}

/** Why this worker's plugins are not those that the run was made with, or null. */
function lackingPlugin(configuration: Configuration): string | null {
  const here = pluginsOf(configuration);
  if (here === configuration.plugins) return null;
  return `the run was made with the plugin ${configuration.plugins}, and this worker has ${here ?? 'none of that name'}: give the API and every worker the same files in GANSWEEP_PLUGINS, start them again, and submit again where the API had the old ones`;
}

/** Which metric of a plugin this worker has not, or has from another file, or null. */
function lackingMetrics({ plans, configuration }: TrainingJob): string | null {
  const here = new Set(pluginFiles());
  const files = Object.entries(mergeEvaluationPlans(plans, configuration.dataset).plugins);
  const lacking = files.map((file) => file.join('@')).find((file) => !here.has(file));
  return lacking === undefined
    ? null
    : `the run is scored by the plugin ${lacking}, and this worker has not that file: give the API and every worker the same files in GANSWEEP_PLUGINS, and start them again`;
}

/** Which extractor of its protocols this worker has not, or null. */
function lackingExtractors({ plans, configuration }: TrainingJob, { home }: JobTools): string | null {
  for (const [name, weights] of Object.entries(mergeEvaluationPlans(plans, configuration.dataset).extractors)) {
    const lacking = lackingExtractor(home, name, weights);
    if (lacking !== null) return lacking;
  }
  return null;
}

/** Which extractor of its protocols cannot look at the run's pictures, or null. */
function unfitExtractors(
  { plans, configuration }: TrainingJob,
  { home }: JobTools,
  { heldOut }: OpenDataset,
): string | null {
  if (heldOut.kind === 'plane') return null;
  const names = Object.keys(mergeEvaluationPlans(plans, configuration.dataset).extractors);
  return names.map((name) => unfitExtractor(home, name, heldOut.channels)).find((problem) => problem !== null) ?? null;
}

function aliveEverySecond({ seconds, tell }: JobTools): () => void {
  let last = seconds();
  return () => {
    if (seconds() - last < 1) return;
    last = seconds();
    tell({ kind: 'alive' });
  };
}

/** When full checkpoints are due: after `checkpointMs`, or ten times what the last one cost. */
function checkpointRhythm({ seconds, checkpointMs }: JobTools): {
  due: () => boolean;
  written: (cost: number) => void;
} {
  let last = seconds();
  let pause = checkpointMs / 1000;
  return {
    due: () => seconds() - last >= pause,
    written: (cost) => {
      last = seconds();
      pause = Math.max(checkpointMs / 1000, CHECKPOINT_COST_FACTOR * cost);
    },
  };
}
