import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CLAIMS } from '@gansweep/verdict';
import { expect, it } from 'vitest';
import { budgetTable } from '../src/commands/study.ts';
import { chosenClaims, isSmall, readRecord, SHIPPED_RECORDS, sweepOf } from '../src/study/study-files.ts';
import { curvesOf, rowsOf, studyPage } from '../src/study/study-page.ts';

const root = path.resolve(import.meta.dirname, '../../..');

it('docs/study.md is made of the recorded results; if not: npm run gansweep -- study report --from docs/study --markdown docs/study.md', () => {
  expect(studyPage(SHIPPED_RECORDS, 'study')).toBe(readFileSync(path.join(root, 'docs/study.md'), 'utf8'));
  for (const [file, curves] of curvesOf(SHIPPED_RECORDS)) expect(readFileSync(file, 'utf8')).toBe(curves);
});

it('every claim that a training can answer has a sweep of its own, and every sweep a claim', () => {
  const ids = CLAIMS.filter(({ scale }) => scale === 'cpu-small' || scale === 'gpu').map(({ id }) => `${id}.yaml`);
  expect(
    readdirSync(path.join(root, 'sweeps/study'))
      .filter((name) => name.endsWith('.yaml'))
      .sort(),
  ).toEqual(ids.sort());
});

it.each(CLAIMS.filter(isSmall).map((claim) => [claim.id, claim] as const))(
  'the sweep of %s gives what its parts read: three seeds, scores of its protocols',
  (_, claim) => {
    const { plan } = sweepOf(claim);
    expect(plan.runCount / plan.trialCount).toBeGreaterThanOrEqual(claim.id === 'D2' ? 1 : 3);
    for (let i = 0; i < plan.trialCount; i++)
      expect(plan.trialAt(i).configuration.images / plan.trialAt(i).configuration.batch).toBeLessThanOrEqual(20_000);
  },
);

it('a budget that was measured on runs that train alone says that packs take less', () => {
  const budget = { claim: 'A1', runs: 6, shared: 0, images: 600, seconds: 60 };
  const measured = [
    { ...budget, isMeasured: false },
    { ...budget, isMeasured: true },
  ];
  expect(budgetTable(measured, { slots: 2 })).toMatch(/these are at most: .* packs small networks together/);
  expect(budgetTable(measured.slice(0, 1), { slots: 2 })).not.toContain('at most');
});

const shipped = existsSync(SHIPPED_RECORDS) ? readdirSync(SHIPPED_RECORDS) : [];
it.each(shipped.flatMap((name) => (name.endsWith('.json') ? [name.replace('.json', '')] : [])))(
  'the record of %s is of the sweep as it is now, and whole',
  (id) => {
    const claim = CLAIMS.filter(isSmall).find((one) => one.id === id);
    const record = readRecord(SHIPPED_RECORDS, id);
    if (!claim || !record) throw new Error(`docs/study/${id}.json is of no claim that processors can train`);
    const { hash, plan } = sweepOf(claim);
    expect(record).toMatchObject({ claim: id, specHash: hash });
    expect(record.runs).toHaveLength(plan.runCount);
    const row = rowsOf(SHIPPED_RECORDS).find((one) => one.claim.id === id);
    expect(row?.answer?.parts.every(({ n }) => n > 0)).toBe(true);
  },
);

it('claims are chosen by id in any case, or by profile', () => {
  expect(chosenClaims(['b5', 'A1'], 'quick').map(({ id }) => id)).toEqual(['A1', 'B5']);
  expect(chosenClaims([], 'full').length).toBeGreaterThan(chosenClaims([], 'quick').length);
  expect(() => chosenClaims(['Z1'], 'quick')).toThrow(/no claim 'Z1'/);
  expect(() => chosenClaims(['C7'], 'quick')).toThrow(/out of reach/);
  expect(() => chosenClaims([], 'slow')).toThrow(/quick or full/);
});
