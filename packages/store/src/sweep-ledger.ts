import { randomBytes } from 'node:crypto';
import { type RunId, type SweepId, type SweepState, uuidV7 } from '@gansweep/domain';
import type { NewRun, StoredSweep, SweepLedger, SweepMembers } from '@gansweep/orchestrator';
import type { PrismaClient, Sweep } from './generated/client.ts';
import { retryOnOutage } from './outage.ts';
import type { Pools } from './pools.ts';

/** Columns of a stored sweep. */
const STORED = {
  uid: true,
  name: true,
  state: true,
  spec: true,
  specHash: true,
  trialCount: true,
  runCount: true,
  adoptedRunCount: true,
  nextIndex: true,
  createdAt: true,
  trainingVersion: true,
} as const;

type GrowthOutcome =
  | 'grown'
  | 'existing'
  | 'cancelled'
  | 'expanding'
  | 'key-reused'
  | 'not-found'
  | 'stale'
  | 'nothing-to-do';

type Refusal = 'ok' | 'not-found' | 'conflict';

/** The record of sweeps. What it changes is one SQL function each; what it reads goes through Prisma. */
export function createSweepLedger({ pools, prisma }: { pools: Pools; prisma: PrismaClient }): SweepLedger {
  const { main } = pools;

  async function refusal(sql: string, values: readonly unknown[]): Promise<Refusal> {
    const { rows } = await retryOnOutage(() => main.query<{ answer: Refusal }>(`SELECT ${sql} AS answer`, [...values]));
    const [row] = rows;
    if (!row) throw new Error(`no answer from ${sql}`);
    return row.answer;
  }

  return {
    async create(sweep, firstRuns) {
      const { rows } = await main.query<{ outcome: 'created' | 'existing' | 'key-reused'; sweep_uid: SweepId }>(
        'SELECT * FROM sweep_create($1, $2, $3, $4, $5, $6, $7, $8)',
        [JSON.stringify(sweep), ...runArrays(firstRuns)],
      );
      const [row] = rows;
      if (!row) throw new Error('no answer from sweep_create');
      if (row.outcome === 'key-reused') return { kind: 'key-reused' };
      const stored = await prisma.sweep.findUniqueOrThrow({ where: { uid: row.sweep_uid }, select: STORED });
      return { kind: row.outcome, sweep: storedSweep(stored) };
    },

    async expand(id, from, runs) {
      const { rows } = await main.query<{ answer: 'expanded' | 'stale' }>(
        'SELECT sweep_expand($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS answer',
        [id, from, ...runArrays(runs), continuedBy(runs)],
      );
      return rows[0]?.answer ?? 'stale';
    },

    async expanding() {
      const rows = await prisma.sweep.findMany({
        where: { state: 'expanding' },
        orderBy: { id: 'asc' },
        select: { ...STORED, grownFrom: true },
      });
      return rows.map((row) => ({ ...storedSweep(row), grownFrom: row.grownFrom }));
    },

    async find(id) {
      const row = await prisma.sweep.findUnique({ where: { uid: id }, select: STORED });
      return row === null ? null : storedSweep(row);
    },

    async members(id, below) {
      const [{ rows: runs }, { rows: trials }] = await Promise.all([
        main.query<SweepMembers['runs'][number]>(
          `SELECT r.uid AS "runId", r.trial_id AS "trialId", r.seed::float8 AS seed,
             CASE WHEN r.ended_at IS NULL THEN 'open'
               WHEN d.kind = 'succeeded' AND d.ended_by = 'images' AND EXISTS (
                 SELECT FROM checkpoint c WHERE c.run_id = r.id AND c.kind = 'full' AND c.images_seen = d.images_seen) THEN 'whole'
               ELSE 'cut' END AS extent
           FROM sweep s JOIN sweep_run m ON m.sweep_id = s.id JOIN run r ON r.id = m.run_id LEFT JOIN result d ON d.run_id = r.id
           WHERE s.uid = $1 AND m.idx < $2 ORDER BY m.idx`,
          [id, below],
        ),
        main.query<SweepMembers['trials'][number]>(
          `SELECT t.id, t.configuration FROM (
             SELECT r.trial_id, min(m.idx) AS first FROM sweep s JOIN sweep_run m ON m.sweep_id = s.id JOIN run r ON r.id = m.run_id
             WHERE s.uid = $1 AND m.idx < $2 GROUP BY r.trial_id
           ) g JOIN trial t ON t.id = g.trial_id ORDER BY g.first`,
          [id, below],
        ),
      ]);
      return { trials, runs };
    },

    async grow(id, request, growth, firstRuns) {
      const { rows } = await main.query<{ outcome: GrowthOutcome; at_ordinal: number }>(
        'SELECT * FROM sweep_grow($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
        [
          id,
          JSON.stringify(request),
          growth === null ? null : JSON.stringify(growth),
          ...runArrays(firstRuns),
          continuedBy(firstRuns),
        ],
      );
      const [row] = rows;
      if (!row) throw new Error('no answer from sweep_grow');
      const { outcome, at_ordinal: ordinal } = row;
      switch (outcome) {
        case 'grown':
        case 'existing': {
          const { changes, notes, addedTrialCount, addedRunCount, adoptedRunCount, sweep } =
            await prisma.sweepGrowth.findFirstOrThrow({
              where: { sweep: { uid: id }, ordinal },
              include: { sweep: { select: STORED } },
            });
          const stored = { changes, notes, addedTrialCount, addedRunCount, adoptedRunCount };
          return { kind: outcome, growth: { ...stored, sweep: storedSweep(sweep) } };
        }
        case 'cancelled':
        case 'expanding':
          return { kind: 'conflict', state: outcome };
        default:
          return { kind: outcome };
      }
    },

    async append(id, { from, specHash, runs, growing }) {
      const { rows } = await main.query<{ answer: 'appended' | 'stale' }>(
        'SELECT sweep_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS answer',
        [id, from, specHash, growing, ...runArrays(runs)],
      );
      return rows[0]?.answer ?? 'stale';
    },

    async growing() {
      const rows = await prisma.sweep.findMany({
        where: { state: 'active', growing: true },
        orderBy: { id: 'asc' },
        select: STORED,
      });
      return rows.map(storedSweep);
    },

    pause: (id: SweepId) => refusal('sweep_pause($1)', [id]),
    resume: (id: SweepId) => refusal('sweep_resume($1)', [id]),
    cancel: (id: SweepId) => refusal('sweep_cancel($1)', [id]),
    cancelRun: (id: RunId) => refusal('run_cancel($1)', [id]),
    retryRun: (id: RunId, fresh: boolean) => refusal('run_retry($1, $2)', [id, fresh]),

    async delete(id) {
      const { rows } = await main.query<{ outcome: 'deleted' | 'not-found' | 'conflict'; artifacts: string[] }>(
        'SELECT * FROM sweep_delete($1)',
        [id],
      );
      const [row] = rows;
      if (!row) throw new Error('no answer from sweep_delete');
      return row.outcome === 'deleted' ? { kind: 'deleted', artifacts: row.artifacts } : { kind: row.outcome };
    },
  };
}

/** A chunk as parallel arrays, each configuration once. Ids are made here; one that turns out adopted is not used. */
function runArrays(runs: readonly NewRun[]): unknown[] {
  const configurations = new Map(runs.map((run) => [run.trialId, run.configuration]));
  const now = Date.now();
  const random = randomBytes(10 * runs.length);
  return [
    runs.map((run) => run.index),
    runs.map((_, at) => uuidV7(now, random.subarray(10 * at, 10 * at + 10))),
    runs.map((run) => run.trialId),
    runs.map((run) => run.seed),
    runs.map((run) => run.dataHash),
    [...configurations.keys()],
    [...configurations.values()].map((configuration) => JSON.stringify(configuration)),
  ];
}

/** Beside those arrays: the shorter run that each of them continues. */
const continuedBy = (runs: readonly NewRun[]): readonly (RunId | null)[] =>
  runs.map(({ continues }) => continues ?? null);

function storedSweep(row: Pick<Sweep, keyof typeof STORED>): StoredSweep {
  return {
    id: row.uid as SweepId,
    name: row.name,
    state: row.state as SweepState,
    spec: row.spec,
    specHash: row.specHash,
    trialCount: row.trialCount,
    runCount: row.runCount,
    adoptedRunCount: row.adoptedRunCount,
    nextIndex: row.nextIndex,
    createdAt: row.createdAt.toISOString(),
    trainingVersion: row.trainingVersion,
  };
}
