import type { NightQuestionAnswer } from '@gansweep/contract';
import { describe, expect, it } from 'vitest';
import { htmlReport } from './html-report.ts';
import { junitReport } from './junit-report.ts';
import { markdownReport } from './markdown-report.ts';
import type { FinishedNight } from './night-words.ts';

const question = (changes: Partial<NightQuestionAnswer>): NightQuestionAnswer => ({
  key: 'ring a js',
  sweep: 'ring',
  trialId: 'a',
  label: 'noise=<uniform>',
  score: 'js',
  goal: 'minimize',
  verdict: 'unchanged',
  pairs: 8,
  baseline: 0.4,
  tonight: 0.4,
  worse: 0,
  low: -0.01,
  high: 0.01,
  identical: false,
  pWorse: 0.5,
  diverged: null,
  pDiverges: null,
  seedsNeeded: null,
  because: null,
  ...changes,
});
const nightOf = (report: Partial<FinishedNight['report']>, changes: Partial<FinishedNight> = {}): FinishedNight => {
  const counts = { improved: 0, unchanged: 0, regressed: 0, inconclusive: 0 };
  for (const { verdict } of report.questions ?? []) counts[verdict]++;
  return {
    id: '0190a000-0000-7000-8000-000000000000',
    scheduledFor: null,
    state: 'done',
    verdict: report.verdict ?? 'unchanged',
    baseline: 'main',
    saveBaseline: null,
    sweeps: ['ring'],
    counts,
    createdAt: '2026-11-27T02:30:00.000Z',
    endedAt: '2026-11-27T02:32:03.400Z',
    settings: { margin: 0.05, falseAlarms: 0.05, firstSeeds: 8 },
    looks: [],
    report: {
      verdict: 'unchanged',
      questions: [],
      changes: [],
      faults: [],
      circumstances: { commit: 'abc', lockfile: null, backends: ['onnx 1 on cpu'], data: {}, trainingVersion: 2 },
      baselineSavedAt: '2026-11-01T00:00:00.000Z',
      ...report,
    },
    ...changes,
  };
};

const SETTLED = nightOf({
  verdict: 'regressed',
  questions: [
    question({}),
    question({ verdict: 'regressed', worse: 0.063, low: 0.031, high: 0.096 }),
    question({ verdict: 'inconclusive', label: 'all together', worse: 0.02, low: -0.03, high: 0.07, seedsNeeded: 40 }),
  ],
  changes: [{ what: 'lockfile', baseline: 'a', tonight: 'b', details: ['zod 4.6.6 → 4.6.7'] }],
});
const FIRST = nightOf({ verdict: 'not-compared' }, { baseline: null, saveBaseline: 'main' });

describe('a JUnit file', () => {
  it('fails what regressed and skips what is open, each with its effect', () => {
    const xml = junitReport(SETTLED);
    expect(xml).toContain('<testsuites name="gansweep nightly" time="123.4">');
    expect(xml).toContain('<testsuite name="ring" tests="3" failures="1" errors="0" skipped="1">');
    expect(xml).toContain(
      'name="js, noise=&lt;uniform&gt;"><failure type="regressed" message="+6.3 % [+3.1 %, +9.6 %]"/>',
    );
    expect(xml).toContain('<skipped message="inconclusive: +2 % [-3 %, +7 %]; about 40 seeds would tell"/>');
  });

  it('skips a sweep that nothing was compared with, and says why', () => {
    const xml = junitReport(FIRST);
    expect(xml).toContain('<testsuite name="ring" tests="1" failures="0" errors="0" skipped="1">');
    expect(xml).toMatch(
      /<skipped message="NOT COMPARED: there was no baseline .* are the baseline &#39;main&#39; now\."\/>/,
    );
  });

  it('has faults as errors of their own', () => {
    const xml = junitReport(nightOf({ verdict: 'could-not-run', faults: ['ring, seed 3: the run ended as failed'] }));
    expect(xml).toContain('<testsuite name="night" tests="1" failures="0" errors="1" skipped="0">');
    expect(xml).toContain('<error type="could-not-run" message="ring, seed 3: the run ended as failed"/>');
  });
});

describe('a report', () => {
  it('has the verdict, every score with its interval, and what changed', () => {
    const md = markdownReport(SETTLED);
    expect(md).toMatch(
      /^# Night of 2026-11-27: regressed\n\nREGRESSED: of 3 questions 1 regressed, 1 inconclusive, 1 unchanged\.\n/,
    );
    expect(md).toContain(
      '| **regressed** | ring | noise=<uniform> | js | 8 | 0.4 | 0.4 | +6.3 % [+3.1 %, +9.6 %] |  |',
    );
    expect(md).toContain('## What changed since the baseline `main` of 2026-11-01T00:00:00.000Z');
    expect(md).toContain('- lockfile: `a` → `b`\n  - `zod 4.6.6 → 4.6.7`');
    const html = htmlReport(SETTLED);
    expect(html).toContain('<td class="verdict regressed">regressed</td><td>ring</td><td>noise=&lt;uniform&gt;</td>');
    expect(html).toContain('<code>zod 4.6.6 → 4.6.7</code>');
  });

  it('of a first night says that there was nothing to compare with', () => {
    for (const text of [markdownReport(FIRST), htmlReport(FIRST)]) {
      expect(text).toMatch(/Night of 2026-11-27: (<span class="not-compared">)?not-compared/);
      expect(text).toContain('NOT COMPARED: there was no baseline to compare with; the scores are the baseline');
      expect(text).not.toContain('What changed');
      expect(text).not.toContain('unchanged</');
    }
  });
});
