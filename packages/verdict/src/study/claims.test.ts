import { describe, expect, it } from 'vitest';
import { judgeClaim } from './claim.ts';
import { CLAIMS } from './claims.ts';
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
