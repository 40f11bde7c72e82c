-- Tables, as schema.prisma has them. What Prisma cannot say (checks, partial indexes, triggers, functions, views)
-- follows in the next migration.

CREATE TABLE "sweep" (
    "id" BIGSERIAL NOT NULL,
    "uid" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "spec" JSONB NOT NULL,
    "spec_hash" TEXT NOT NULL,
    "idempotency_key" TEXT,
    "body_hash" TEXT NOT NULL,
    "trial_count" INTEGER NOT NULL,
    "run_count" INTEGER NOT NULL,
    "next_index" INTEGER NOT NULL DEFAULT 0,
    "adopted_run_count" INTEGER NOT NULL DEFAULT 0,
    "priority" INTEGER NOT NULL,
    "reuse" BOOLEAN NOT NULL,
    "plan" JSONB NOT NULL,
    "run_minutes" DOUBLE PRECISION,
    "training_version" INTEGER NOT NULL,
    "paused_because" TEXT,
    "breaker_armed" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(6),

    CONSTRAINT "sweep_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "trial" (
    "id" TEXT NOT NULL,
    "configuration" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "trial_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "worker" (
    "id" BIGSERIAL NOT NULL,
    "uid" UUID NOT NULL,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "backend" TEXT NOT NULL,
    "device" TEXT NOT NULL,
    "slots" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "last_seen" TIMESTAMPTZ(6) NOT NULL,
    "started_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(6),
    "cordoned_until" TIMESTAMPTZ(6),
    "cordoned_because" TEXT,
    "has_presence" BOOLEAN NOT NULL DEFAULT false,
    "presence_free_since" TIMESTAMPTZ(6),

    CONSTRAINT "worker_pkey" PRIMARY KEY ("id")
);

-- Half of every page stays free, so that the row that each report writes is updated in place (HOT).
CREATE TABLE "run" (
    "id" BIGSERIAL NOT NULL,
    "uid" UUID NOT NULL,
    "trial_id" TEXT NOT NULL,
    "seed" BIGINT NOT NULL,
    "data_hash" TEXT NOT NULL,
    "training_version" INTEGER NOT NULL,
    "replica" INTEGER NOT NULL,
    "run_minutes" DOUBLE PRECISION,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "held" BOOLEAN NOT NULL DEFAULT true,
    "priority" INTEGER NOT NULL DEFAULT 0,
    "boost" SMALLINT NOT NULL DEFAULT 0,
    "worker_id" BIGINT,
    "slot" INTEGER,
    "lease_until" TIMESTAMPTZ(6),
    "lease_ms" INTEGER,
    "images_seen" BIGINT NOT NULL DEFAULT 0,
    "not_before" TIMESTAMPTZ(6),
    "cancel_requested" BOOLEAN NOT NULL DEFAULT false,
    "prune_requested" BOOLEAN NOT NULL DEFAULT false,
    "restart_epoch" INTEGER NOT NULL DEFAULT 0,
    "n_infra" SMALLINT NOT NULL DEFAULT 0,
    "n_crash" SMALLINT NOT NULL DEFAULT 0,
    "n_oom" SMALLINT NOT NULL DEFAULT 0,
    "n_hang" SMALLINT NOT NULL DEFAULT 0,
    "n_noprogress" SMALLINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(6),

    CONSTRAINT "run_pkey" PRIMARY KEY ("id")
) WITH (fillfactor = 50);

CREATE TABLE "sweep_run" (
    "sweep_id" BIGINT NOT NULL,
    "idx" INTEGER NOT NULL,
    "run_id" BIGINT NOT NULL,
    "adopted" BOOLEAN NOT NULL,

    CONSTRAINT "sweep_run_pkey" PRIMARY KEY ("sweep_id","idx")
);

CREATE TABLE "attempt" (
    "run_id" BIGINT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "worker_id" BIGINT NOT NULL,
    "slot" INTEGER NOT NULL,
    "resume_images" BIGINT NOT NULL,
    "started_at" TIMESTAMPTZ(6) NOT NULL,
    "ended_at" TIMESTAMPTZ(6),
    "ended_as" TEXT,
    "failure_kind" TEXT,
    "failure_message" TEXT,
    "exit_code" INTEGER,
    "signal" TEXT,
    "images_seen" BIGINT,
    "seconds" DOUBLE PRECISION,
    "backend_name" TEXT,
    "backend_version" TEXT,
    "backend_device" TEXT,

    CONSTRAINT "attempt_pkey" PRIMARY KEY ("run_id","epoch")
);

CREATE TABLE "attempt_log" (
    "run_id" BIGINT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "line_no" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "line" TEXT NOT NULL,

    CONSTRAINT "attempt_log_pkey" PRIMARY KEY ("run_id","epoch","line_no")
);

CREATE TABLE "metric_name" (
    "id" SMALLINT NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "metric_name_pkey" PRIMARY KEY ("id")
);

-- The widest columns first: no padding in the largest table.
CREATE TABLE "metric" (
    "run_id" BIGINT NOT NULL,
    "images_seen" BIGINT NOT NULL,
    "value" DOUBLE PRECISION,
    "recorded_at" TIMESTAMPTZ(6) NOT NULL,
    "epoch" INTEGER NOT NULL,
    "name_id" SMALLINT NOT NULL,

    CONSTRAINT "metric_pkey" PRIMARY KEY ("run_id","name_id","images_seen","epoch")
);

CREATE TABLE "checkpoint" (
    "id" BIGSERIAL NOT NULL,
    "run_id" BIGINT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "images_seen" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "artifact" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "checkpoint_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "result" (
    "run_id" BIGINT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "images_seen" BIGINT NOT NULL,
    "ended_by" TEXT,
    "first_bad_tensor" TEXT,
    "failure_kind" TEXT,
    "failure_message" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "result_pkey" PRIMARY KEY ("run_id")
);

CREATE TABLE "evaluation" (
    "id" BIGSERIAL NOT NULL,
    "run_id" BIGINT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "images_seen" BIGINT NOT NULL,
    "protocol" TEXT NOT NULL,
    "passport" JSONB NOT NULL,
    "seconds" DOUBLE PRECISION NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "evaluation_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "score" (
    "evaluation_id" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "value" DOUBLE PRECISION,

    CONSTRAINT "score_pkey" PRIMARY KEY ("evaluation_id","name")
);

CREATE TABLE "sample" (
    "run_id" BIGINT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "images_seen" BIGINT NOT NULL,
    "artifact" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "sample_pkey" PRIMARY KEY ("run_id","epoch","images_seen")
);

CREATE TABLE "event" (
    "id" BIGSERIAL NOT NULL,
    "txid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "type" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "event_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "sweep_uid_key" ON "sweep"("uid");
CREATE UNIQUE INDEX "sweep_idempotency_key_key" ON "sweep"("idempotency_key");
CREATE INDEX "sweep_created_at_id_idx" ON "sweep"("created_at", "id");
CREATE UNIQUE INDEX "sweep_run_run_id_sweep_id_key" ON "sweep_run"("run_id", "sweep_id");
CREATE UNIQUE INDEX "run_uid_key" ON "run"("uid");
CREATE UNIQUE INDEX "run_trial_id_seed_data_hash_training_version_replica_key" ON "run"("trial_id", "seed", "data_hash", "training_version", "replica");
CREATE INDEX "attempt_worker_id_started_at_idx" ON "attempt"("worker_id", "started_at");
CREATE UNIQUE INDEX "metric_name_name_key" ON "metric_name"("name");
CREATE UNIQUE INDEX "checkpoint_run_id_epoch_images_seen_kind_key" ON "checkpoint"("run_id", "epoch", "images_seen", "kind");
CREATE UNIQUE INDEX "evaluation_run_id_epoch_images_seen_protocol_key" ON "evaluation"("run_id", "epoch", "images_seen", "protocol");
CREATE UNIQUE INDEX "worker_uid_key" ON "worker"("uid");
CREATE INDEX "event_txid_id_idx" ON "event"("txid", "id");

ALTER TABLE "sweep_run" ADD CONSTRAINT "sweep_run_sweep_id_fkey" FOREIGN KEY ("sweep_id") REFERENCES "sweep"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "sweep_run" ADD CONSTRAINT "sweep_run_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "run" ADD CONSTRAINT "run_trial_id_fkey" FOREIGN KEY ("trial_id") REFERENCES "trial"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "run" ADD CONSTRAINT "run_worker_id_fkey" FOREIGN KEY ("worker_id") REFERENCES "worker"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "attempt" ADD CONSTRAINT "attempt_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "attempt" ADD CONSTRAINT "attempt_worker_id_fkey" FOREIGN KEY ("worker_id") REFERENCES "worker"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "attempt_log" ADD CONSTRAINT "attempt_log_run_id_epoch_fkey" FOREIGN KEY ("run_id", "epoch") REFERENCES "attempt"("run_id", "epoch") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "checkpoint" ADD CONSTRAINT "checkpoint_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "result" ADD CONSTRAINT "result_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "evaluation" ADD CONSTRAINT "evaluation_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "score" ADD CONSTRAINT "score_evaluation_id_fkey" FOREIGN KEY ("evaluation_id") REFERENCES "evaluation"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "sample" ADD CONSTRAINT "sample_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
