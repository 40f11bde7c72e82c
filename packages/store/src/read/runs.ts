import type {
  Configuration,
  FailureKind,
  Finding,
  Outcome,
  ProtocolId,
  RunId,
  RunState,
  SweepId,
  TrialId,
  WorkerId,
} from '@gansweep/domain';
import {
  type AttemptView,
  BadCursor,
  type CheckpointView,
  type EvaluationView,
  type LogLineView,
  type PanelRecord,
  type ReadModel,
  type RunView,
} from '@gansweep/orchestrator';
import type pg from 'pg';
import { cursorOf, pageOf, readCursor } from './cursors.ts';

interface RunRow {
  readonly key: number;
  readonly id: RunId;
  readonly trial_id: TrialId;
  readonly config: Configuration;
  readonly seed: number;
  readonly state: RunState;
  readonly images_seen: number;
  readonly created_at: Date;
  readonly ended_at: Date | null;
  readonly sweep_ids: SweepId[];
  readonly continues: RunId | null;
  readonly attempts: readonly AttemptRow[];
  readonly result: ResultRow | null;
  readonly evaluation_seconds: number;
  readonly findings: readonly Finding[];
}

/** As `to_jsonb` writes it. */
interface AttemptRow {
  readonly epoch: number;
  readonly worker: WorkerId;
  readonly host: string;
  readonly slot: number;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly ended_as: AttemptView['endedAs'];
  readonly resume_images: number;
  readonly pack_size: number;
  readonly pack_because: string | null;
  readonly images_seen: number | null;
  readonly seconds: number | null;
  readonly spent: number;
  readonly peak_memory_mib: number | null;
  readonly backend_name: string | null;
  readonly backend_version: string | null;
  readonly backend_device: string | null;
  readonly failure_kind: FailureKind | null;
  readonly failure_message: string | null;
  readonly exit_code: number | null;
  readonly signal: string | null;
}

interface ResultRow {
  readonly kind: Outcome['kind'];
  readonly images_seen: number;
  readonly ended_by: 'images' | 'budget' | null;
  readonly first_bad_tensor: string | null;
  readonly failure_kind: FailureKind | null;
  readonly failure_message: string | null;
}

const COLUMNS = `r.uid AS id, r.trial_id, t.configuration AS config, r.seed, r.state, r.images_seen, r.continues, r.created_at, r.ended_at,
  (SELECT coalesce(array_agg(s.uid::text ORDER BY s.id), '{}') FROM sweep_run x JOIN sweep s ON s.id = x.sweep_id WHERE x.run_id = r.id) AS sweep_ids,
  (SELECT coalesce(jsonb_agg(to_jsonb(a) || jsonb_build_object('worker', w.uid, 'host', w.host,
      'spent', attempt_seconds(a)) ORDER BY a.epoch), '[]')
    FROM attempt a JOIN worker w ON w.id = a.worker_id WHERE a.run_id = r.id) AS attempts,
  (SELECT to_jsonb(e) FROM result e WHERE e.run_id = r.id) AS result,
  (SELECT coalesce(sum(v.seconds), 0)::float8 FROM evaluation v WHERE v.run_id = r.id) AS evaluation_seconds,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('name', f.name, 'imagesSeen', f.images_seen, 'evidence', f.evidence)
      ORDER BY f.images_seen, f.name), '[]') FROM canonical_finding f WHERE f.run_id = r.id) AS findings`;

export function runQueries(
  pool: pg.Pool,
): Pick<
  ReadModel,
  'listRuns' | 'getRun' | 'evaluations' | 'samples' | 'panels' | 'checkpoints' | 'keptGenerator' | 'logs'
> {
  return {
    async listRuns({ sweep, state, cursor, limit }) {
      const after = readCursor(cursor);
      const { rows } = sweep
        ? await pool.query<RunRow>(
            `SELECT m.idx AS key, ${COLUMNS}
             FROM sweep_run m JOIN run r ON r.id = m.run_id JOIN trial t ON t.id = r.trial_id
             WHERE m.sweep_id = (SELECT id FROM sweep WHERE uid = $1) AND ($2::text IS NULL OR r.state = $2) AND ($3::int8 IS NULL OR m.idx > $3)
             ORDER BY m.idx LIMIT $4`,
            [sweep, state, after, limit + 1],
          )
        : await pool.query<RunRow>(
            `SELECT r.id AS key, ${COLUMNS} FROM run r JOIN trial t ON t.id = r.trial_id
             WHERE ($1::text IS NULL OR r.state = $1) AND ($2::int8 IS NULL OR r.id < $2)
             ORDER BY r.id DESC LIMIT $3`,
            [state, after, limit + 1],
          );
      return pageOf(rows, limit, ({ key }) => key, viewOf);
    },
    async getRun(id) {
      const { rows } = await pool.query<RunRow>(
        `SELECT 0 AS key, ${COLUMNS} FROM run r JOIN trial t ON t.id = r.trial_id WHERE r.uid = $1`,
        [id],
      );
      return rows[0] ? viewOf(rows[0]) : null;
    },
    async evaluations(id): Promise<readonly EvaluationView[]> {
      const { rows } = await pool.query<{
        images: number;
        protocol: ProtocolId;
        passport: Record<string, unknown>;
        scores: Record<string, number | null>;
      }>(
        `SELECT e.images_seen AS images, e.protocol, e.passport, jsonb_object_agg(s.name, s.value) AS scores
         FROM run r JOIN canonical_evaluation e ON e.run_id = r.id JOIN score s ON s.evaluation_id = e.id
         WHERE r.uid = $1 GROUP BY e.images_seen, e.protocol, e.passport ORDER BY e.images_seen, e.protocol`,
        [id],
      );
      return rows.map(({ images, ...rest }) => ({ imagesSeen: images, ...rest }));
    },
    async samples(id) {
      const { rows } = await pool.query<{ imagesSeen: number; artifact: string }>(
        `SELECT c.images_seen AS "imagesSeen", c.artifact FROM run r JOIN canonical_sample c ON c.run_id = r.id
         WHERE r.uid = $1 ORDER BY c.images_seen`,
        [id],
      );
      return rows;
    },
    async panels(id) {
      const { rows } = await pool.query<PanelRecord>(
        `SELECT c.images_seen AS "imagesSeen", c.name, c.picture, c.data FROM run r JOIN canonical_panel c ON c.run_id = r.id
         WHERE r.uid = $1 ORDER BY c.images_seen, c.name`,
        [id],
      );
      return rows;
    },
    async checkpoints(id): Promise<readonly CheckpointView[]> {
      const { rows } = await pool.query<Omit<CheckpointView, 'createdAt'> & { created_at: Date }>(
        `SELECT c.images_seen AS "imagesSeen", c.kind, c.epoch, c.bytes, c.sha256, c.created_at
         FROM run r JOIN canonical_checkpoint c ON c.run_id = r.id WHERE r.uid = $1 ORDER BY c.images_seen, c.kind`,
        [id],
      );
      return rows.map(({ created_at, ...rest }) => ({ ...rest, createdAt: created_at.toISOString() }));
    },
    async keptGenerator(id, imagesSeen): Promise<string | null> {
      const { rows } = await pool.query<{ artifact: string }>(
        `SELECT c.artifact FROM run r JOIN canonical_checkpoint c ON c.run_id = r.id
         WHERE r.uid = $1 AND c.kind = 'generator' AND c.images_seen = $2`,
        [id, imagesSeen],
      );
      return rows[0]?.artifact ?? null;
    },
    async logs(id, { cursor, limit }) {
      const [afterEpoch, afterLine] = lineOf(readCursor(cursor));
      const { rows } = await pool.query<{ epoch: number; line_no: number; at: Date; line: string }>(
        `SELECT l.epoch, l.line_no, l.at, l.line FROM run r JOIN attempt_log l ON l.run_id = r.id
         WHERE r.uid = $1 AND (l.epoch, l.line_no) > ($2, $3) ORDER BY l.epoch, l.line_no LIMIT $4`,
        [id, afterEpoch, afterLine, limit + 1],
      );
      const keyOf = ({ epoch, line_no }: { readonly epoch: number; readonly line_no: number }): number =>
        epoch * LINES_PER_EPOCH + line_no;
      const page = pageOf(
        rows,
        limit,
        keyOf,
        ({ epoch, line_no, at, line }): LogLineView => ({ epoch, lineNo: line_no, at: at.toISOString(), line }),
      );
      const last = rows.slice(0, limit).at(-1);
      return { ...page, endCursor: last ? cursorOf(keyOf(last)) : null };
    },
  };
}

/** A log's cursor holds epoch and line in one number. */
const LINES_PER_EPOCH = 2 ** 31;

function lineOf(cursor: number | null): readonly [number, number] {
  if (cursor === null) return [-1, -1];
  const epoch = Math.floor(cursor / LINES_PER_EPOCH);
  if (cursor < 0 || epoch >= 2 ** 31) throw new BadCursor('the cursor is not one that this service gave');
  return [epoch, cursor % LINES_PER_EPOCH];
}

function viewOf(row: RunRow): RunView {
  const attempts = row.attempts.map(attemptOf);
  return {
    id: row.id,
    trialId: row.trial_id,
    config: row.config,
    seed: row.seed,
    state: row.state,
    outcome: row.result && row.ended_at ? outcomeOf(row.result) : null,
    imagesSeen: row.images_seen,
    sweepIds: row.sweep_ids,
    continues: row.continues,
    createdAt: row.created_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    attempts,
    backend: attempts.findLast(({ backend }) => backend !== null)?.backend ?? null,
    cost: {
      seconds: row.attempts.reduce((total, { spent }) => total + spent, 0),
      evaluationSeconds: row.evaluation_seconds,
      peakMemoryMib: row.attempts.reduce<number | null>(
        (most, { peak_memory_mib: peak }) => (peak === null ? most : Math.max(most ?? 0, peak)),
        null,
      ),
    },
    findings: row.findings,
  };
}

function attemptOf(row: AttemptRow): AttemptView {
  return {
    epoch: row.epoch,
    workerId: row.worker,
    host: row.host,
    slot: row.slot,
    startedAt: new Date(row.started_at).toISOString(),
    endedAt: row.ended_at === null ? null : new Date(row.ended_at).toISOString(),
    endedAs: row.ended_as,
    resumedAtImages: row.resume_images,
    imagesSeen: row.images_seen,
    seconds: row.seconds,
    peakMemoryMib: row.peak_memory_mib,
    pack: { size: row.pack_size, because: row.pack_because },
    backend:
      row.backend_name === null
        ? null
        : { name: row.backend_name, version: row.backend_version ?? '', device: row.backend_device ?? '' },
    failure:
      row.failure_kind === null
        ? null
        : { kind: row.failure_kind, message: row.failure_message ?? '', exitCode: row.exit_code, signal: row.signal },
  };
}

function outcomeOf(row: ResultRow): Outcome {
  switch (row.kind) {
    case 'succeeded':
      return { kind: row.kind, atImagesSeen: row.images_seen, endedBy: row.ended_by ?? 'images' };
    case 'diverged':
      return { kind: row.kind, atImagesSeen: row.images_seen, firstBadTensor: row.first_bad_tensor ?? '' };
    case 'pruned':
    case 'cancelled':
      return { kind: row.kind, atImagesSeen: row.images_seen };
    case 'failed':
    case 'quarantined':
      return { kind: row.kind, failure: { kind: row.failure_kind ?? 'crash', message: row.failure_message ?? '' } };
  }
}
