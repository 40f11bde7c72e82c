-- What detectors saw in a run: written by `report` like its points, fenced alike.

CREATE TABLE "finding" (
    "run_id" BIGINT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "images_seen" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "evidence" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "finding_pkey" PRIMARY KEY ("run_id","name","epoch")
);

ALTER TABLE event DROP CONSTRAINT event_type_known;
ALTER TABLE event ADD CONSTRAINT event_type_known CHECK (type IN ('sweep', 'run', 'worker', 'finding'));

-- Sweeps that were paused for a finding: each is a reason once.
CREATE TABLE "finding_pause" (
    "sweep_id" BIGINT NOT NULL,
    "run_id" BIGINT NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "finding_pause_pkey" PRIMARY KEY ("sweep_id","run_id","name")
);

ALTER TABLE "finding" ADD CONSTRAINT "finding_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "finding_pause" ADD CONSTRAINT "finding_pause_sweep_id_fkey" FOREIGN KEY ("sweep_id") REFERENCES "sweep"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "finding_pause" ADD CONSTRAINT "finding_pause_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The rule of points: a finding counts unless a later attempt resumed from before it.
CREATE VIEW canonical_finding AS
  SELECT DISTINCT ON (f.run_id, f.name) f.*
  FROM finding f
  WHERE NOT EXISTS (
    SELECT FROM attempt a
    WHERE a.run_id = f.run_id AND a.epoch > f.epoch AND (a.resume_images < f.images_seen OR a.resume_images = 0))
  ORDER BY f.run_id, f.name, f.images_seen, f.epoch;

-- Writes what detectors saw; arguments as those of attempt_record. Each new row is announced.
CREATE FUNCTION attempt_findings(p_ids bigint[], p_epochs int[], p_resumes bigint[], p_findings jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  item jsonb;
  run_at int;
BEGIN
  FOR item IN SELECT * FROM jsonb_array_elements(p_findings) LOOP
    run_at := (item ->> 'run')::int;
    CONTINUE WHEN p_ids[run_at] IS NULL OR p_resumes[run_at] > 0 AND (item ->> 'imagesSeen')::bigint <= p_resumes[run_at];
    INSERT INTO finding (run_id, epoch, images_seen, name, evidence, created_at)
    VALUES (p_ids[run_at], p_epochs[run_at], (item ->> 'imagesSeen')::bigint, item ->> 'name', item -> 'evidence', clock_timestamp())
    ON CONFLICT DO NOTHING;
    CONTINUE WHEN NOT FOUND;
    PERFORM announce('finding', jsonb_build_object('run', r.uid, 'name', item ->> 'name', 'imagesSeen', (item ->> 'imagesSeen')::bigint,
      'sweeps', (SELECT coalesce(jsonb_agg(s.uid), '[]') FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id WHERE m.run_id = r.id)))
    FROM run r WHERE r.id = p_ids[run_at];
  END LOOP;
END $$;

DROP FUNCTION run_report(int, uuid[], int[], bigint[], int[], text[], bigint[], float8[], jsonb, jsonb);
-- One call for all runs of a worker: fence, heartbeat and write. A run that is missing from the answer is fenced.
CREATE FUNCTION run_report(
  p_lease_ms int, p_uids uuid[], p_epochs int[], p_images bigint[],
  p_point_run int[], p_point_name text[], p_point_images bigint[], p_point_value float8[],
  p_evaluations jsonb, p_samples jsonb, p_findings jsonb DEFAULT '[]'
) RETURNS TABLE (run_at int, request text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  ids bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(p_uids)]);
  resumes bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(p_uids)]);
  mine record;
  seen run;
BEGIN
  FOR mine IN
    SELECT r.id, k.at::int AS at FROM unnest(p_uids, p_epochs) WITH ORDINALITY AS k (uid, epoch, at)
    JOIN run r ON r.uid = k.uid AND r.epoch = k.epoch AND r.state = 'running'
    ORDER BY r.id FOR NO KEY UPDATE OF r
  LOOP
    UPDATE run SET lease_until = clock_timestamp() + p_lease_ms * interval '1 millisecond', lease_ms = p_lease_ms,
      images_seen = greatest(images_seen, p_images[mine.at])
    WHERE id = mine.id;
    ids[mine.at] := mine.id;
    resumes[mine.at] := (SELECT a.resume_images FROM attempt a WHERE a.run_id = mine.id AND a.epoch = p_epochs[mine.at]);
  END LOOP;
  PERFORM attempt_record(ids, p_epochs, resumes, p_point_run, p_point_name, p_point_images, p_point_value, p_evaluations, p_samples);
  PERFORM attempt_findings(ids, p_epochs, resumes, p_findings);
  FOR seen IN
    SELECT r.* FROM run r WHERE r.id IN (
      SELECT ids[(d ->> 'run')::int] FROM jsonb_array_elements(p_evaluations || p_samples) AS d)
  LOOP
    PERFORM announce_run(seen);
  END LOOP;
  RETURN QUERY
    SELECT k.at::int,
      CASE WHEN r.cancel_requested THEN 'cancel' WHEN r.prune_requested THEN 'prune' WHEN NOT r.held THEN 'release' ELSE 'continue' END
    FROM unnest(ids) WITH ORDINALITY AS k (id, at) JOIN run r ON r.id = k.id ORDER BY k.at;
END $$;

DROP FUNCTION run_finish(uuid, int, text, bigint, text, text, text, text, float8, int[], text[], bigint[], float8[], jsonb, jsonb);
-- Ends a run for good, with its last observations, in one transaction. Repeated after an unknown commit it finds its own
-- result.
CREATE FUNCTION run_finish(
  p_uid uuid, p_epoch int, p_kind text, p_images bigint, p_ended_by text, p_bad_tensor text,
  p_failure_kind text, p_failure_message text, p_seconds float8,
  p_point_run int[], p_point_name text[], p_point_images bigint[], p_point_value float8[], p_evaluations jsonb, p_samples jsonb, p_findings jsonb DEFAULT '[]'
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  mine run := run_lock(p_uid, p_epoch);
  resume bigint;
BEGIN
  IF mine.id IS NULL THEN
    PERFORM FROM run r JOIN result d ON d.run_id = r.id
    WHERE r.uid = p_uid AND r.state = p_kind AND d.epoch = p_epoch AND d.kind = p_kind;
    RETURN CASE WHEN FOUND THEN 'recorded' ELSE 'fenced' END;
  END IF;
  SELECT a.resume_images INTO STRICT resume FROM attempt a WHERE a.run_id = mine.id AND a.epoch = mine.epoch;
  PERFORM attempt_record(ARRAY[mine.id], ARRAY[mine.epoch], ARRAY[resume],
    p_point_run, p_point_name, p_point_images, p_point_value, p_evaluations, p_samples);
  PERFORM attempt_findings(ARRAY[mine.id], ARRAY[mine.epoch], ARRAY[resume], p_findings);
  UPDATE run SET images_seen = greatest(images_seen, p_images) WHERE id = mine.id RETURNING * INTO mine;
  PERFORM attempt_end(mine, 'finished', p_seconds, p_failure_kind, p_failure_message);
  PERFORM run_end(mine.id, p_kind, p_ended_by, p_bad_tensor, p_failure_kind, p_failure_message, false);
  RETURN 'recorded';
END $$;

-- What a resumed attempt's detectors have to know: the points of the named curves that stand before its checkpoint.
CREATE FUNCTION run_history(p_uid uuid, p_epoch int, p_names text[]) RETURNS TABLE (images bigint, name text, value float8)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  mine run := run_lock(p_uid, p_epoch);
BEGIN
  RETURN QUERY
    SELECT m.images_seen, n.name, m.value FROM canonical_metric m JOIN metric_name n ON n.id = m.name_id
    WHERE m.run_id = mine.id AND n.name = ANY (p_names)
      AND m.images_seen <= (SELECT a.resume_images FROM attempt a WHERE a.run_id = mine.id AND a.epoch = mine.epoch)
    ORDER BY m.images_seen;
END $$;

-- Pauses sweeps in whose runs something was found for which their spec says `pause`; returns how many.
CREATE FUNCTION sweep_pause_for_findings() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  seen record;
  paused int := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('gansweep sweeps')) THEN
    RETURN 0;
  END IF;
  FOR seen IN
    SELECT DISTINCT ON (s.id) s.id, r.uid, f.name
    FROM sweep s JOIN sweep_run m ON m.sweep_id = s.id JOIN run r ON r.id = m.run_id JOIN canonical_finding f ON f.run_id = r.id
    WHERE s.state IN ('expanding', 'active') AND s.plan ? 'onFinding' AND s.plan #>> ARRAY['onFinding', f.name] = 'pause'
      AND f.created_at >= s.created_at
      AND NOT EXISTS (SELECT FROM finding_pause p WHERE p.sweep_id = s.id AND p.run_id = r.id AND p.name = f.name)
      AND EXISTS (SELECT FROM sweep_run o JOIN run u ON u.id = o.run_id WHERE o.sweep_id = s.id AND u.ended_at IS NULL)
    ORDER BY s.id, f.created_at
  LOOP
    -- Who resumes the sweep has seen what was found until then.
    INSERT INTO finding_pause (sweep_id, run_id, name)
    SELECT m.sweep_id, m.run_id, f.name
    FROM sweep_run m JOIN canonical_finding f ON f.run_id = m.run_id JOIN sweep s ON s.id = m.sweep_id
    WHERE m.sweep_id = seen.id AND s.plan #>> ARRAY['onFinding', f.name] = 'pause'
    ON CONFLICT DO NOTHING;
    PERFORM sweep_set_state(seen.id, 'paused', format('Run %s: %s was found, and onFinding says pause. Resume the sweep to go on.', seen.uid, seen.name));
    paused := paused + 1;
  END LOOP;
  RETURN paused;
END $$;

REVOKE EXECUTE ON FUNCTION run_report, run_finish, run_history FROM PUBLIC;
