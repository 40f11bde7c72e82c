import { randomBytes } from 'node:crypto';
import { type RunId, type SweepId, type SweepState, uuidV7 } from '@gansweep/domain';
import type { NewRun, StoredSweep, SweepLedger } from '@gansweep/orchestrator';
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
} as const;

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
        'SELECT sweep_expand($1, $2, $3, $4, $5, $6, $7, $8, $9) AS answer',
        [id, from, ...runArrays(runs)],
      );
      return rows[0]?.answer ?? 'stale';
    },

    async expanding() {
      const rows = await prisma.sweep.findMany({
        where: { state: 'expanding' },
        orderBy: { id: 'asc' },
        select: STORED,
      });
      return rows.map(storedSweep);
    },

    async append(id, { from, runs, growing }) {
      const { rows } = await main.query<{ answer: 'appended' | 'stale' }>(
        'SELECT sweep_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS answer',
        [id, from, growing, ...runArrays(runs)],
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
  };
}
