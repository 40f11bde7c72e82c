import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Baseline } from '@gansweep/orchestrator';
import type { Log } from '@gansweep/runtime';
import { createStore, type Store } from '@gansweep/store';
import { createTestDatabase, newId, type TestDatabase } from '@gansweep/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { holdNights } from '../src/nights/hold-nights.ts';
import { smallSpec } from './open-service.ts';

const TRIAL = 'a'.repeat(64);
const BASELINE: Baseline = {
  version: 1,
  name: 'main',
  savedAt: '2026-11-01T00:00:00.000Z',
  circumstances: { commit: null, lockfile: null, backends: [], data: {}, trainingVersion: 1 },
  sweeps: [
    {
      name: 'ring',
      metrics: [{ name: 'js', goal: 'minimize', at: 'last' }],
      trials: [{ id: TRIAL, label: '', passports: {}, seeds: [{ seed: 1, state: 'succeeded', scores: { js: 0.4 } }] }],
    },
  ],
};

/** A folder of one regression sweep, with a baseline beside it where one is given. */
function folderOf(name: string, spec: object, baseline?: string): string {
  const folder = path.join(root, name);
  mkdirSync(path.join(folder, 'baselines'), { recursive: true });
  writeFileSync(path.join(folder, 'ring.json'), JSON.stringify(spec));
  if (baseline !== undefined) writeFileSync(path.join(folder, 'baselines', 'main.json'), baseline);
  return folder;
}
const SPEC = smallSpec({ name: 'ring', metric: { name: 'js' } });

/** Two processes of a service on one clock, whose rounds are called by hand. */
function twoServices(sweeps: string) {
  const logged: string[] = [];
  const log = Object.fromEntries(
    ['info', 'warn', 'error'].map((level) => [level, ({ event }: { event: string }) => logged.push(event)]),
  ) as unknown as Log;
  let clock = '';
  let rang = 0;
  const services = [0, 1].map(() => {
    const rounds: (() => Promise<void>)[] = [];
    const stop = holdNights({
      store,
      registries: { trainers: { names: [], filesHash: () => '' }, extractors: { newest: () => [] } },
      nightly: { at: '02:30', sweeps, baseline: 'main' },
      circumstances: Promise.resolve({ commit: 'abc', lockfile: null }),
      newId,
      now: () => Date.parse(clock),
      every: (_, work) => {
        rounds.push(work);
        return async () => {
          rounds.length = 0;
        };
      },
      ring: () => rang++,
      log,
    });
    return { stop, round: () => Promise.all(rounds.map((work) => work())) };
  });
  return {
    services,
    logged,
    rings: () => rang,
    /** A round of everything in both processes at once. */
    at: async (time: string): Promise<void> => {
      clock = `${time}:00Z`;
      await Promise.all(services.map(({ round }) => round()));
    },
  };
}

let root: string;
let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'gansweep-hold-'));
  database = await createTestDatabase();
  store = createStore({ databaseUrl: database.url });
});
afterAll(async () => {
  await store.close();
  await database[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

const listed = async () =>
  (await store.nights.list()).map(({ scheduledFor, state, report }) => [scheduledFor, state, report?.verdict ?? null]);
const sweepsHeld = async () =>
  (await store.read.listSweeps({ limit: 100, cursor: null, state: null, q: null })).items.map(({ id }) => id);

it('writes a night that cannot be held down once, with the reason and the mend', async () => {
  const whole = JSON.stringify(BASELINE);
  for (const [date, folder, fault] of [
    ['2026-11-20', folderOf('bare', SPEC), /^there is no baseline 'main': gansweep nightly --save-baseline main/],
    ['2026-11-21', folderOf('torn', SPEC, whole.slice(1)), /torn\/baselines\/main\.json is no baseline: /],
    ['2026-11-22', path.join(root, 'nowhere'), /nowhere: there is no such folder/],
    [
      '2026-11-23',
      folderOf('search', { ...SPEC, method: 'tpe', run_cap: 8 }, whole),
      /^ring is no regression sweep: .*take grid/,
    ],
  ] as const) {
    const { at, logged } = twoServices(folder);
    await at(`${date}T02:30`);
    await at(`${date}T02:31`);
    expect((await listed())[0]).toEqual([date, 'done', 'could-not-run']);
    const [night] = await store.nights.list();
    expect(night?.report?.faults[0]).toMatch(fault);
    expect(night?.report?.circumstances.commit).toBe('abc');
    expect(logged).toEqual(['night.refused']);
  }
  expect(await store.nights.list()).toHaveLength(4);
});

it('of two services one begins the night of a date, once, and both go on with it', async () => {
  const { services, at, logged, rings } = twoServices(folderOf('good', SPEC, JSON.stringify(BASELINE)));
  await at('2026-11-24T02:29');
  expect(await listed()).toHaveLength(4);
  expect(rings()).toBe(0);

  await at('2026-11-24T02:30');
  expect((await listed())[0]).toEqual(['2026-11-24', 'running', null]);
  expect(await store.nights.baseline('main')).toEqual(BASELINE);
  await at('2026-11-24T02:31');
  await at('2026-11-24T07:00');
  expect(await listed()).toHaveLength(5);
  const sweeps = await sweepsHeld();
  expect(sweeps).toHaveLength(1);
  expect(rings()).toBeGreaterThan(0);
  expect(logged).toEqual(['night.begun']);

  // A look is added once, whoever else still thinks that there are as many as before.
  const [night] = await store.nights.list();
  const [look] = night?.looks ?? [];
  if (!night || !look) throw new Error('no night');
  const next = { sweeps: [{ name: 'ring', seeds: [2] }], settled: {} };
  expect(await store.nights.advance(night.id, 1, [look, next])).toBe(true);
  expect(await store.nights.advance(night.id, 1, [look])).toBe(false);
  expect((await store.nights.get(night.id))?.looks).toHaveLength(2);

  // One of them ends, the other goes on; a night that has ended is not begun again.
  await services[0]?.stop();
  for (const id of sweeps) expect(await store.sweeps.cancel(id)).toBe('ok');
  await at('2026-11-24T07:01');
  await at('2026-11-24T07:02');
  expect((await listed())[0]).toEqual(['2026-11-24', 'done', 'could-not-run']);
  expect(await listed()).toHaveLength(5);
});

it('writes nights that nobody was there to begin down once, and begins the next', async () => {
  const kept = { ...BASELINE, savedAt: '2026-11-02T00:00:00.000Z' };
  await store.nights.saveBaseline(kept);
  const { at, logged } = twoServices(path.join(root, 'good'));
  await at('2026-11-26T12:00');
  await at('2026-11-26T12:01');
  expect((await listed()).slice(0, 2)).toEqual([
    ['2026-11-26', 'missed', null],
    ['2026-11-25', 'missed', null],
  ]);
  expect(logged).toEqual(['night.missed', 'night.missed']);
  await at('2026-11-27T02:35');
  expect((await listed())[0]).toEqual(['2026-11-27', 'running', null]);
  expect(logged.at(-1)).toBe('night.begun');
  // What was stored stands before the file.
  expect(await store.nights.baseline('main')).toEqual(kept);
});

it('tries again what failed, and says so', async () => {
  const { nights } = store;
  const { running, lastScheduled } = nights;
  const { at, logged } = twoServices(path.join(root, 'good'));
  const fail = () => Promise.reject(new Error('the database is away'));
  Object.assign(nights, { running: fail, lastScheduled: fail });
  await at('2026-11-28T02:30');
  expect(logged).toEqual(Array(4).fill('night.fault'));
  Object.assign(nights, { running, lastScheduled });
  await at('2026-11-28T02:31');
  expect((await listed())[0]).toEqual(['2026-11-28', 'running', null]);
});
