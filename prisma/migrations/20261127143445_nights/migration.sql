-- Nights of regression sweeps, and the baselines that they are compared with.

CREATE TABLE "baseline" (
    "name" TEXT NOT NULL,
    "facts" JSONB NOT NULL,
    "saved_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "baseline_pkey" PRIMARY KEY ("name")
);

CREATE TABLE "night" (
    "id" BIGSERIAL NOT NULL,
    "uid" UUID NOT NULL,
    -- the date (UTC) that the schedule began it for; null: somebody asked
    "scheduled_for" DATE,
    -- running, done, missed
    "state" TEXT NOT NULL,
    "request" JSONB,
    "looks" JSONB NOT NULL,
    "report" JSONB,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(6),

    CONSTRAINT "night_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "night_uid_key" ON "night"("uid");
CREATE UNIQUE INDEX "night_scheduled_for_key" ON "night"("scheduled_for");

-- Ends a running night and stores the baseline that it made, both or neither. False where it has ended already.
CREATE FUNCTION night_finish(p_uid uuid, p_report jsonb, p_baseline jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE night SET state = 'done', report = p_report, ended_at = CURRENT_TIMESTAMP WHERE uid = p_uid AND state = 'running';
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF p_baseline IS NOT NULL THEN
    INSERT INTO baseline (name, facts) VALUES (p_baseline ->> 'name', p_baseline)
      ON CONFLICT (name) DO UPDATE SET facts = EXCLUDED.facts, saved_at = CURRENT_TIMESTAMP;
  END IF;
  RETURN true;
END $$;
