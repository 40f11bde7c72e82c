import { describe, expect, it } from 'vitest';
import { type EvaluationMoment, evaluationAllowance, placeOfEvaluation } from './place-of-evaluation.ts';

const IDLE: EvaluationMoment = {
  trainingGoesOn: true,
  expectedSeconds: 0.7,
  stoodStillSeconds: 0,
  runSeconds: 30,
  share: 0.1,
  idleCores: 0.9,
  threadIsBusy: false,
};

describe('the place of an evaluation', () => {
  it('is beside the training where a core is idle', () => {
    expect(placeOfEvaluation(IDLE)).toBe('beside');
  });

  it.each([
    ['every core is at work', { idleCores: 0.2 }],
    ['the thread has another generator', { threadIsBusy: true }],
    ['it is shorter than the way to the thread', { expectedSeconds: 0.03 }],
    ['nothing would train meanwhile', { trainingGoesOn: false }],
  ])('is between calls where %s', (_, change) => {
    expect(placeOfEvaluation({ ...IDLE, ...change })).toBe('between-calls');
  });

  it('is beside the training, busy cores or not, once that would stand still for more than its share', () => {
    const busy = { ...IDLE, idleCores: 0, threadIsBusy: true };
    expect(placeOfEvaluation({ ...busy, stoodStillSeconds: 2.2 })).toBe('between-calls');
    expect(placeOfEvaluation({ ...busy, stoodStillSeconds: 2.4 })).toBe('beside');
    expect(placeOfEvaluation({ ...busy, share: 0, expectedSeconds: 0.03 })).toBe('beside');
    expect(placeOfEvaluation({ ...busy, share: 0, trainingGoesOn: false })).toBe('between-calls');
  });

  it('lets a run that has just begun stand still as long as one of ten seconds', () => {
    expect(evaluationAllowance({ runSeconds: 0.2, share: 0.1 })).toBe(1);
    expect(evaluationAllowance({ runSeconds: 100, share: 0.1 })).toBe(10);
  });
});
