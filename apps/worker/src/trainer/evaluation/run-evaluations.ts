import type { OpenDataset } from '@gansweep/datasets';
import { asksRun } from '@gansweep/domain';
import { type Generator, openGenerator } from '@gansweep/gan';
import type { EvaluationRecord } from '@gansweep/orchestrator';
import { mergeEvaluationPlans } from '@gansweep/orchestrator/evaluation-plan';
import type { Executor } from '@gansweep/program';
import type { LaneNews, TrainingJob } from '../messages.ts';
import type { AttemptRecord } from './attempt-record.ts';
import type { EvaluationThread } from './evaluation-thread.ts';
import type { IdleCores } from './idle-cores.ts';
import type { OpenRegisteredBy } from './open-registered.ts';
import { evaluationAllowance, placeOfEvaluation } from './place-of-evaluation.ts';
import { type EvaluationWork, scoreGenerator } from './score-generator.ts';

/** What the evaluations of all runs of a process share. */
export interface EvaluationTools {
  readonly thread: EvaluationThread;
  readonly idleCores: IdleCores;
  readonly openRegistered: OpenRegisteredBy;
  /** `Config.evaluationShare` */
  readonly share: number;
  /** Seconds of the last evaluation by kind of data; belongs to `runEvaluations`. */
  readonly lastSeconds: Map<'plane' | 'images', number>;
}

/** Seconds of a first evaluation, before one was measured. */
const FIRST_GUESS = { plane: 0.03, images: 1 } as const;

/** The evaluations of one attempt: each is told of once, before anything that supposes that it was. */
export interface RunEvaluations {
  /**
   * Scores a generator, or begins to beside the training. At most one a run is under way.
   * @param goesOn the training has further to go.
   */
  begin(due: { readonly imagesSeen: number; readonly generator: Generator; readonly goesOn: boolean }): Promise<void>;
  isUnderWay(): boolean;
  /** Does `task` now, or as soon as the evaluation under way has been told of: a checkpoint vouches for it. */
  afterwards(task: () => Promise<void>): Promise<void>;
  /** Resolves when nothing is under way. @throws what an evaluation or a task threw. */
  settle(): Promise<void>;
}

export function runEvaluations(
  job: TrainingJob,
  {
    dataset,
    executor,
    runRecord,
    tools,
    seconds,
    date,
    lanes,
    tell,
  }: {
    readonly dataset: OpenDataset;
    readonly executor: Executor;
    readonly runRecord: Pick<AttemptRecord, 'evaluated'>;
    readonly tools: EvaluationTools;
    readonly seconds: () => number;
    readonly date: () => string;
    /** Runs that this process trains at the moment, this one included. */
    readonly lanes: () => number;
    readonly tell: (news: LaneNews) => void;
  },
): RunEvaluations {
  const { configuration } = job;
  const { protocols: all, samples, extractors } = mergeEvaluationPlans(job.plans, job.configuration.dataset);
  const protocols = all.filter((id) => !asksRun(id));
  const { kind } = dataset.heldOut;
  const began = seconds();
  let [stoodStill, spent, saidSo] = [0, 0, false];
  let underWay: Promise<void> | null = null;

  const record = (imagesSeen: number, records: readonly EvaluationRecord[]): void => {
    const took = records.reduce((total, one) => total + one.seconds, 0);
    tools.lastSeconds.set(kind, took);
    spent += took;
    for (const evaluation of [...records, ...runRecord.evaluated(imagesSeen, records)])
      tell({ kind: 'evaluation', evaluation });
    const runSeconds = seconds() - began;
    if (saidSo || spent <= evaluationAllowance({ runSeconds, share: tools.share })) return;
    saidSo = true;
    tell({
      kind: 'log',
      line: `evaluations have taken ${spent.toFixed(1)} s in ${runSeconds.toFixed(1)} s of this run, more than GANSWEEP_EVALUATION_SHARE=${tools.share} of it; none is left out, but fewer (evaluation.every) or smaller ones (evaluation.samples) cost less`,
    });
  };
  const scoreHere = async (
    work: EvaluationWork,
    generator: Pick<Generator, 'draw'> & Partial<Pick<Generator, 'paths'>>,
  ): Promise<void> => {
    const start = seconds();
    const records = await scoreGenerator(work, {
      generator,
      dataset,
      executor,
      openRegistered: tools.openRegistered,
      seconds,
    });
    stoodStill += seconds() - start;
    record(work.imagesSeen, records);
  };
  const scoreBeside = async (work: EvaluationWork, generator: Uint8Array): Promise<void> => {
    let records: readonly EvaluationRecord[];
    try {
      records = await tools.thread.score(work, generator);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tell({
        kind: 'log',
        line: `the evaluation at ${work.imagesSeen} images failed beside the training (${reason}) and is done between two calls`,
      });
      await using open = await openGenerator(generator, executor);
      await scoreHere(work, open);
      return;
    }
    record(work.imagesSeen, records);
  };
  const settle = async (): Promise<void> => {
    while (underWay) await underWay;
  };
  /** Keeps what is under way in order; a failure is heard by whoever settles. */
  const goOnWith = (next: Promise<void>): void => {
    const own = next.then(() => {
      if (underWay === own) underWay = null;
    });
    own.catch(() => {});
    underWay = own;
  };
  return {
    begin: async ({ imagesSeen, generator, goesOn }) => {
      await settle();
      const { dataHash, folder } = job;
      const work: EvaluationWork = {
        configuration,
        dataHash,
        folder,
        protocols,
        extractors,
        samples,
        imagesSeen,
        date: date(),
      };
      const place = placeOfEvaluation({
        trainingGoesOn: (goesOn || lanes() > 1) && tools.thread.takes(executor),
        expectedSeconds: tools.lastSeconds.get(kind) ?? FIRST_GUESS[kind],
        stoodStillSeconds: stoodStill,
        runSeconds: seconds() - began,
        share: tools.share,
        idleCores: tools.idleCores.count(),
        threadIsBusy: tools.thread.isBusy(),
      });
      if (place === 'beside') goOnWith(scoreBeside(work, await generator.bytes()));
      else await scoreHere(work, generator);
    },
    isUnderWay: () => underWay !== null,
    afterwards: async (task) => {
      if (underWay) goOnWith(underWay.then(task));
      else await task();
    },
    settle,
  };
}
