import { describe, expect, it } from 'vitest';
import { judgeClaim } from './claim.ts';
import { CLAIMS } from './claims.ts';
import { CONTRADICTIONS } from './contradictions.ts';
import { readStudyRecord, type StudyRecord } from './study-record.ts';

const empty: StudyRecord = {
  claim: 'A1',
  specHash: '',
  date: '2030-01-01',
  trainingVersion: 1,
  machine: '',
  backends: [],
  seconds: 0,
  images: 0,
  runs: [],
};

it.each(CLAIMS.flatMap((claim) => (claim.scale === 'cpu-small' ? [[claim.id, claim] as const] : [])))(
  '%s is undecided, part by part, where nothing has run',
  (_, claim) => {
    const { verdict, parts } = judgeClaim(claim, empty);
    expect(verdict).toBe('undecided');
    for (const part of parts) expect(part).toMatchObject({ verdict: 'undecided', effect: null, n: 0 });
  },
);

it('the quick profile has the claims that an hour of two cores can decide', () => {
  const quick = CLAIMS.flatMap((claim) => (claim.scale === 'cpu-small' && claim.profile === 'quick' ? [claim.id] : []));
  expect(quick).toEqual('A1 A2 A3 A4 A5 A6 A7 B2 B3 B4 B5 B8 B9 B14 B16 B17'.split(' '));
});

it('contradictions of the sources name claims of the table', () => {
  const ids = new Set(CLAIMS.map(({ id }) => id));
  expect(CONTRADICTIONS.flatMap(({ claims }) => claims).filter((id) => !ids.has(id))).toEqual([]);
  for (const { claims, settled } of CONTRADICTIONS) expect(claims.length > 0 || settled !== undefined).toBe(true);
});

it('has a row for each of the 76 claims', () => {
  const numbered = (letter: string, from: number, to: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, i) => `${letter}${from + i}`);
  const ids = [
    ...numbered('A', 1, 7),
    ...numbered('B', 0, 25),
    ...numbered('C', 1, 15),
    ...numbered('D', 1, 10),
    ...numbered('D', 20, 32),
    ...numbered('E', 1, 5),
  ];
  expect(ids).toHaveLength(76);
  expect(CLAIMS.map(({ id }) => id)).toEqual(ids);
});

describe('a record that is read', () => {
  it('is what was written', () => {
    expect(readStudyRecord(JSON.parse(JSON.stringify(empty)))).toEqual(empty);
  });

  it.each([
    [{ ...empty, date: undefined }, /lacks its date/],
    [{ ...empty, seconds: 'many' }, /of A1 lacks its seconds/],
    [{ ...empty, runs: [{ config: {} }] }, /in the record of A1 lacks its scores/],
  ])('is refused where something is missing', (json, message) => {
    expect(() => readStudyRecord(json)).toThrow(message);
  });
});
