import { createHash } from 'node:crypto';
import { openDataset } from '@gansweep/datasets';
import type { Configuration, Samples } from '@gansweep/domain';
import { renderSamples } from '@gansweep/evaluation';
import { planTraining, trainGan } from '@gansweep/gan';
import { type ArtifactStore, type CheckpointRecord, evaluationTargets } from '@gansweep/orchestrator';
import type { TimeShare } from '../shared-time.ts';
import type { Backend } from './choose-executor.ts';
import { type EvaluationTools, runEvaluations } from './evaluation/run-evaluations.ts';
import type { JobEnd, LaneNews, TrainingJob } from './messages.ts';

/** Progress grids besides those at evaluations: one early, so that a person sees something soon. */
const EARLY_SAMPLE_SHARE = 0.1;
/** A checkpoint costs at most a tenth of the time between two. */
const CHECKPOINT_COST_FACTOR = 10;

export interface JobTools {
  readonly backend: Backend;
  readonly artifacts: ArtifactStore;
  readonly evaluations: EvaluationTools;
  /** Folder of the decoded image sets. */
  readonly datasets: string;
  /** Monotone, in seconds. */
  readonly seconds: () => number;
  /** The run's part of the trainer's time: what `runMinutes` limits. */
  readonly share: TimeShare;
  readonly date: () => string;
  readonly checkpointMs: number;
  /** True when the supervisor asked for an end. */
  readonly stopAsked: () => boolean;
  readonly tell: (news: LaneNews) => void;
  /** Resolves when the process has listened to others: messages, and the other lanes. */
  readonly turn: () => Promise<void>;
  /** Runs that this process trains at the moment. */
  readonly lanes: () => number;
}

/** Trains one attempt: the stream of a training turned into artefacts and news. */
export async function trainJob(job: TrainingJob, tools: JobTools): Promise<JobEnd> {
  const { configuration, seed } = job;
  const { seconds, tell } = tools;
  const executor = tools.backend.executorFor(configuration);
  const dataset = await openDataset(configuration.dataset, {
    folder: tools.datasets,
    note: (line) => tell({ kind: 'log', line }),
  });
  if (dataset.dataHash !== job.dataHash)
    return {
      kind: 'failed',
      failureKind: 'user',
      message: `data set ${configuration.dataset} has the content ${dataset.dataHash}, the run was made for ${job.dataHash}; submit the sweep again`,
    };
  const { totalImages } = planTraining(configuration);
  const targets = evaluationTargets(job.plans, totalImages);
  const folder = `runs/${job.runId}/e${job.epoch}`;
  const overBudget = (): boolean =>
    job.runMinutes !== null && job.secondsUsed + tools.share.seconds() > job.runMinutes * 60;
  const rhythm = checkpointRhythm(tools);
  const heartbeat = aliveEverySecond(tools);
  const { date, lanes } = tools;
  const evaluations = runEvaluations(job, { dataset, executor, tools: tools.evaluations, seconds, date, lanes, tell });
  const training = trainGan({
    configuration,
    seed,
    reals: dataset.train,
    executor,
    resume: await usableCheckpoint(job.checkpoints, tools),
    evaluateAt: targets,
    samplesAt: [Math.ceil(totalImages * EARLY_SAMPLE_SHARE), ...targets],
    // None is recorded before the evaluation under way, which a run that continues from it would leave out.
    checkpointDue: () => !evaluations.isUnderWay() && rhythm.due(),
    stop: () => {
      heartbeat();
      tools.evaluations.idleCores.look();
      return tools.stopAsked() || overBudget() ? 'stop' : 'go-on';
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
      if (value.kind === 'diverged') return value;
      await keep(tools, {
        key: `${folder}/${value.imagesSeen}.full`,
        kind: 'full',
        imagesSeen: value.imagesSeen,
        bytes: value.checkpoint,
      });
      if (value.kind === 'stopped' && !overBudget()) return { kind: 'stopped', imagesSeen: value.imagesSeen };
      await keep(tools, {
        key: `${folder}/${value.imagesSeen}.generator`,
        kind: 'generator',
        imagesSeen: value.imagesSeen,
        bytes: value.generator,
      });
      return {
        kind: 'succeeded',
        imagesSeen: value.imagesSeen,
        endedBy: value.kind === 'stopped' ? 'budget' : 'images',
      };
    }
    switch (value.kind) {
      case 'started':
        tell({ kind: 'started', backend: value.backend, resumedAtImages: value.resumedAtImages });
        break;
      case 'points':
        tell({ kind: 'points', imagesSeen: value.imagesSeen, values: value.values });
        break;
      case 'samples':
        await keepSamples(tools, configuration, {
          key: `${folder}/${value.imagesSeen}.png`,
          imagesSeen: value.imagesSeen,
          samples: value.samples,
        });
        break;
      case 'evaluation-due':
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
      case 'checkpoint':
        await evaluations.afterwards(async () => {
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

/** Bytes of the newest checkpoint whose hash holds; a damaged one is passed over, and the log says so. */
async function usableCheckpoint(
  records: readonly CheckpointRecord[],
  { artifacts, tell }: JobTools,
): Promise<Uint8Array | null> {
  for (const { artifact, sha256, imagesSeen } of records) {
    const bytes = await artifacts.read(artifact);
    if (bytes && createHash('sha256').update(bytes).digest('hex') === sha256) return bytes;
    tell({
      kind: 'log',
      line: `checkpoint at ${imagesSeen} images is ${bytes ? 'damaged' : 'missing'}; going back to the one before`,
    });
  }
  return null;
}

async function keep(
  { artifacts, tell }: JobTools,
  {
    key,
    kind,
    imagesSeen,
    bytes,
  }: {
    readonly key: string;
    readonly kind: CheckpointRecord['kind'];
    readonly imagesSeen: number;
    readonly bytes: Uint8Array;
  },
): Promise<void> {
  const written = await artifacts.write(key, bytes);
  tell({
    kind: 'checkpoint',
    checkpoint: { imagesSeen, kind, artifact: key, sha256: written.sha256, bytes: written.bytes },
  });
}

async function keepSamples(
  { artifacts, tell }: JobTools,
  configuration: Configuration,
  { key, imagesSeen, samples }: { readonly key: string; readonly imagesSeen: number; readonly samples: Samples },
): Promise<void> {
  const png = configuration.model === 'mlp2d' ? renderSamples(samples, configuration.dataset) : renderSamples(samples);
  await artifacts.write(key, png);
  tell({ kind: 'sample', sample: { imagesSeen, artifact: key } });
}
