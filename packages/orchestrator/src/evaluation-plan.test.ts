import { describe, expect, it } from 'vitest';
import { endingFindings, evaluationTargets, mergeEvaluationPlans } from './evaluation-plan.ts';

const quarters = { every: null, samples: 2_000, protocols: ['kid-lenet/v1'] } as const;
const often = { every: 300, samples: 500, protocols: ['kid-lenet/v1', 'prdc-lenet/v1'] } as const;

describe('evaluation plans', () => {
  it('are at a quarter, half, three quarters and the end unless the spec says otherwise', () => {
    expect(evaluationTargets([quarters], 1_000)).toEqual([250, 500, 750, 1_000]);
  });

  it('are every so many images, and at the end', () => {
    expect(evaluationTargets([often], 1_000)).toEqual([300, 600, 900, 1_000]);
  });

  it('of several sweeps are all kept, each once, in order', () => {
    expect(evaluationTargets([quarters, { ...often, every: 500 }], 1_000)).toEqual([250, 500, 750, 1_000]);
  });

  it('end a run at a finding only where every sweep says so', () => {
    const ends = { ...quarters, onFinding: { collapse: 'end', oscillation: 'end', 'd-dominance': 'pause' } } as const;
    expect([...endingFindings([ends])]).toEqual(['collapse', 'oscillation']);
    expect([...endingFindings([ends, { ...often, onFinding: { collapse: 'end' } }])]).toEqual(['collapse']);
    expect([...endingFindings([ends, often])]).toEqual([]);
    expect([...endingFindings([quarters, ends])]).toEqual([]);
  });

  it('merge to every protocol and the most samples', () => {
    const byVgg = {
      ...often,
      protocols: [...often.protocols, 'fd-vgg16/v1'],
      extractors: { vgg16: 'b'.repeat(64) },
    } as const;
    expect(mergeEvaluationPlans([quarters, byVgg], 'mnist')).toEqual({
      samples: 2_000,
      protocols: ['kid-lenet/v1', 'prdc-lenet/v1', 'fd-vgg16/v1'],
      plugins: {},
      extractors: byVgg.extractors,
    });
  });

  it('of a sweep over planes and pictures ask of each run what is defined on its data set', () => {
    const protocols = ['density2d/v1', 'kid-lenet/v1', 'fd-vgg16/v1'] as const;
    const both = { ...quarters, protocols, extractors: { vgg16: 'b'.repeat(64) } };
    expect(mergeEvaluationPlans([both], 'ring8')).toMatchObject({ protocols: ['density2d/v1'], extractors: {} });
    expect(mergeEvaluationPlans([both], 'mnist')).toMatchObject({ protocols: ['kid-lenet/v1', 'fd-vgg16/v1'] });
  });
});
