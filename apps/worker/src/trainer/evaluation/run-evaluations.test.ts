import { openDataset } from '@gansweep/datasets';
import { type Configuration, uuidV7 } from '@gansweep/domain';
import { createStepProgram, encodeCheckpoint, openGenerator } from '@gansweep/gan';
import type { EvaluationRecord } from '@gansweep/orchestrator';
import { wasmExecutor } from '@gansweep/program';
import { buildConfiguration } from '@gansweep/testkit';
import { describe, expect, it } from 'vitest';
import type { LaneNews, TrainingJob } from '../messages.ts';
import { type RunEvaluations, runEvaluations } from './run-evaluations.ts';

const configuration: Configuration = buildConfiguration();
const executor = wasmExecutor();

function generatorAt(imagesSeen: number): Uint8Array {
  const { pG } = createStepProgram(configuration, { kind: 'plane' }).initialState(imagesSeen);
  return encodeCheckpoint({
    kind: 'generator',
    format: 1,
    configuration,
    seed: 1,
    shape: { kind: 'plane' },
    imagesSeen,
    tensors: { ...(pG && { pG }) },
  });
}

/** The evaluations of a run whose thread answers when the test says so. */
async function underTest({ idleCores = 1, lanes = 1, share = 0.1 } = {}): Promise<{
  readonly evaluations: RunEvaluations;
  /** What was told: kinds of news, `evaluation@images` and what tasks add. */
  readonly told: string[];
  readonly lines: string[];
  readonly answer: { seconds: number; problem: string | null; release: () => void };
  begin(imagesSeen: number, goesOn?: boolean): Promise<void>;
}> {
  const told: string[] = [];
  const lines: string[] = [];
  const answer = { seconds: 0.5, problem: null as string | null, release: () => {} };
  const job: TrainingJob = {
    runId: uuidV7(0, new Uint8Array(10)) as TrainingJob['runId'],
    epoch: 1 as TrainingJob['epoch'],
    configuration,
    seed: 1,
    dataHash: '',
    folder: null,
    plans: [{ every: null, samples: 100, protocols: ['density2d/v1'] }],
    runMinutes: null,
    secondsUsed: 0,
    checkpoints: [],
    history: [],
    scores: [],
  };
  const evaluations = runEvaluations(job, {
    dataset: await openDataset({ dataset: 'ring8' }),
    executor,
    runRecord: { evaluated: () => [] },
    tools: {
      thread: {
        takes: () => true,
        isBusy: () => false,
        score: async ({ imagesSeen }) => {
          told.push(`thread@${imagesSeen}`);
          await new Promise<void>((resolve) => {
            answer.release = resolve;
          });
          if (answer.problem !== null) throw new Error(answer.problem);
          const record: EvaluationRecord = {
            imagesSeen,
            protocol: 'density2d/v1',
            passport: {},
            scores: { js: 0.5 },
            seconds: answer.seconds,
          };
          return [record];
        },
      },
      idleCores: { look: () => {}, count: () => idleCores },
      share,
      lastSeconds: new Map([['plane', 0.5]]),
      openRegistered: () => Promise.reject(new Error('no extractor is asked for')),
    },
    seconds: () => 0,
    date: () => '2026-01-01T00:00:00.000Z',
    lanes: () => lanes,
    tell: (news: LaneNews) => {
      if (news.kind === 'log') lines.push(news.line);
      told.push(news.kind === 'evaluation' ? `evaluation@${news.evaluation.imagesSeen}` : news.kind);
    },
  });
  return {
    evaluations,
    told,
    lines,
    answer,
    begin: async (imagesSeen, goesOn = true) => {
      const generator = await openGenerator(generatorAt(imagesSeen), executor);
      return evaluations.begin({ imagesSeen, generator, goesOn });
    },
  };
}

describe('the evaluations of a run', () => {
  it('leave the training alone, and hold back the checkpoint that vouches for them until they are told of', async () => {
    const { evaluations, told, answer, begin } = await underTest();
    await begin(64);
    expect(evaluations.isUnderWay()).toBe(true);
    await evaluations.afterwards(async () => {
      told.push('checkpoint@64');
    });
    told.push('points');
    expect(told).toEqual(['thread@64', 'points']);
    answer.release();
    await evaluations.settle();
    expect(told).toEqual(['thread@64', 'points', 'evaluation@64', 'checkpoint@64']);
    expect(evaluations.isUnderWay()).toBe(false);
    await evaluations.afterwards(async () => {
      told.push('checkpoint@96');
    });
    expect(told.at(-1)).toBe('checkpoint@96');
  });

  it('are one at a time: the next waits for the last, its checkpoint included', async () => {
    const { evaluations, told, answer, begin } = await underTest();
    await begin(64);
    await evaluations.afterwards(async () => {
      told.push('checkpoint@64');
    });
    const next = begin(128);
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual(['thread@64']);
    answer.release();
    await next;
    expect(told).toEqual(['thread@64', 'evaluation@64', 'checkpoint@64', 'thread@128']);
    answer.release();
    await evaluations.settle();
  });

  it.each([
    ['where no core is idle', { idleCores: 0 }, true],
    ['at the end of the only run', {}, false],
  ])('are done at once %s', async (_, options, goesOn) => {
    const { evaluations, told, begin } = await underTest(options);
    await begin(64, goesOn);
    expect(told).toEqual(['evaluation@64']);
    expect(evaluations.isUnderWay()).toBe(false);
  });

  it('leave the last generator of a run to the thread while other runs train', async () => {
    const { evaluations, told, answer, begin } = await underTest({ lanes: 2 });
    await begin(64, false);
    expect(told).toEqual(['thread@64']);
    answer.release();
    await evaluations.settle();
  });

  it('are done here, and the log says so, where the thread fails', async () => {
    const { evaluations, told, lines, answer, begin } = await underTest();
    await begin(64);
    answer.problem = 'the thread ended with code 1';
    answer.release();
    await evaluations.settle();
    expect(told).toEqual(['thread@64', 'log', 'evaluation@64']);
    expect(lines[0]).toContain('the evaluation at 64 images failed beside the training (the thread ended with code 1)');
  });

  it('are all done also when they take more than their share, and the log says so once', async () => {
    const { evaluations, told, lines, answer, begin } = await underTest();
    answer.seconds = 1.5;
    for (const imagesSeen of [64, 128, 192]) {
      await begin(imagesSeen);
      answer.release();
      await evaluations.settle();
    }
    expect(told.filter((what) => what.startsWith('evaluation'))).toHaveLength(3);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('GANSWEEP_EVALUATION_SHARE=0.1');
  });

  it('hand a failed checkpoint to whoever waits for them', async () => {
    const { evaluations, answer, begin } = await underTest();
    await begin(64);
    await evaluations.afterwards(() => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' })));
    answer.release();
    await expect(evaluations.settle()).rejects.toThrow('no space');
  });
});
