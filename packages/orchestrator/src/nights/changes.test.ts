import { describe, expect, it } from 'vitest';
import { changesBetween } from './changes.ts';
import type { Circumstances } from './night.ts';

const at = (commit: string | null): Circumstances => ({
  commit,
  lockfile: null,
  backends: ['onnx 1 on cpu'],
  data: {},
  trainingVersion: 1,
});

describe('what changed in the code since the baseline', () => {
  it.each([
    ['the same commit', 'aa', 'aa', null],
    ['an unknown one', null, 'aa', null],
    ['two commits', 'aa', 'bb', ['git log --oneline aa..bb']],
    [
      'changes of tonight',
      'aa',
      'aa+changes',
      ['the same commit, but the code of tonight had changes that were not committed'],
    ],
    [
      'changes of both, which may be others',
      'aa+changes',
      'aa+changes',
      ['the same commit, but the code of the baseline and of tonight had changes that were not committed'],
    ],
    [
      'a commit and changes of the baseline',
      'aa+changes',
      'bb',
      ['git log --oneline aa..bb', 'the code of the baseline had changes that were not committed'],
    ],
  ])('is told for %s', (_, before, now, details) => {
    expect(changesBetween(at(before), at(now))).toEqual(
      details === null ? [] : [{ what: 'commit', baseline: before, tonight: now, details }],
    );
  });
});
