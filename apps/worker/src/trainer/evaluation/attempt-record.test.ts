import { uuidV7 } from '@gansweep/domain';
import { planTraining } from '@gansweep/gan';
import type { EvaluationRecord } from '@gansweep/orchestrator';
import { buildConfiguration } from '@gansweep/testkit';
import { expect, it } from 'vitest';
import type { TrainingJob } from '../messages.ts';
import { type AttemptRecord, attemptRecord } from './attempt-record.ts';

// 205 iterations of 16 images, recorded by fives.
const configuration = buildConfiguration({ batch: 16, images: 3_280 });
const plan = planTraining(configuration);
const BORDERS = Array.from({ length: 41 }, (_, i) => (i + 1) * 80);
const EVALUATED = [880, 1_680, 2_480, 3_280];

function openRecord(earlier: Partial<Pick<TrainingJob, 'history' | 'scores'>> = {}): AttemptRecord {
  const job: TrainingJob = {
    runId: uuidV7(0, new Uint8Array(10)) as TrainingJob['runId'],
    epoch: 1 as TrainingJob['epoch'],
    configuration,
    seed: 1,
    dataHash: '',
    folder: null,
    plans: [{ every: null, samples: 100, protocols: ['density2d/v1', 'stability/v1', 'speed-js/v1'] }],
    runMinutes: null,
    secondsUsed: 0,
    checkpoints: [],
    history: [],
    scores: [],
    ...earlier,
  };
  return attemptRecord(job, { plan, seconds: () => 0, date: () => '' });
}

const lossAt = (imagesSeen: number): number => Math.sin(imagesSeen);
const jsAt = (imagesSeen: number): number => 1 / imagesSeen;
const evaluationAt = (imagesSeen: number): EvaluationRecord => ({
  imagesSeen,
  protocol: 'density2d/v1',
  passport: {},
  scores: { js: jsAt(imagesSeen) },
  seconds: 0,
});

/** Scores of the record at every evaluation after `from`, told `late` borders after they were due. */
function scoresOf(record: AttemptRecord, { from = 0, late = 0 } = {}) {
  const told: unknown[] = [];
  for (const border of [...BORDERS, ...Array.from({ length: late }, (_, i) => 3_280 + (i + 1) * 80)]) {
    if (border > from && border <= 3_280)
      record.points(border, { lossD: lossAt(border), lossG: lossAt(border), dReal: 1 });
    const due = border - late * 80;
    if (EVALUATED.includes(due) && due > from) told.push(...record.evaluated(due, [evaluationAt(due)]));
  }
  return told;
}

it('scores of a record are the same when an evaluation ends after the training went on', () => {
  const own = scoresOf(openRecord());
  expect(own).toHaveLength(8);
  expect(own.at(-1)).toMatchObject({ protocol: 'speed-js/v1', scores: { 'speed-js': 3_280 } });
  expect(scoresOf(openRecord(), { late: 3 })).toEqual(own);
});

it('a resumed attempt scores what the run recorded up to its checkpoint, and nothing behind it', () => {
  const [names, at] = [['lossD', 'lossG'] as const, [...EVALUATED, 1_760]];
  const record = openRecord({
    history: BORDERS.flatMap((imagesSeen) =>
      names.map((name) => ({ name, imagesSeen, value: imagesSeen > 1_680 ? 99 : lossAt(imagesSeen) })),
    ),
    scores: at.map((imagesSeen) => ({ name: 'js', imagesSeen, value: imagesSeen > 1_680 ? 1e-9 : jsAt(imagesSeen) })),
  });
  record.resume(1_680);
  expect(scoresOf(record, { from: 1_680 })).toEqual(scoresOf(openRecord()).slice(4));
});

it('evaluations that a shorter run had at other positions do not count', () => {
  const shorter = [400, 880, 1_280, 1_680].map((imagesSeen) => ({
    name: 'js' as const,
    imagesSeen,
    value: imagesSeen === 400 ? 1e-9 : jsAt(imagesSeen),
  }));
  const record = openRecord({ scores: shorter });
  record.resume(1_680);
  expect(record.evaluated(2_480, [evaluationAt(2_480)]).at(-1)?.scores).toEqual({ 'speed-js': 2_480 });
});
