-- Starts and checkpoints are written with the reports and the end of a run: a short run takes three statements, not six,
-- and a checkpoint's row comes in one transaction with every point up to it.

-- What attempts began with; arguments as those of attempt_record. Only ever earlier than planned: a checkpoint whose
-- bytes were damaged is passed over.
CREATE FUNCTION attempt_starts(p_ids bigint[], p_epochs int[], p_starts jsonb) RETURNS void LANGUAGE sql AS $$
  UPDATE attempt a SET backend_name = s ->> 'backend', backend_version = s ->> 'version', backend_device = s ->> 'device',
    resume_images = least(a.resume_images, (s ->> 'resumedAtImages')::bigint)
  FROM jsonb_array_elements(p_starts) AS s
  WHERE a.run_id = p_ids[(s ->> 'run')::int] AND a.epoch = p_epochs[(s ->> 'run')::int];
  UPDATE run r SET images_seen = (s ->> 'resumedAtImages')::bigint
  FROM jsonb_array_elements(p_starts) AS s
  WHERE r.id = p_ids[(s ->> 'run')::int] AND r.images_seen > (s ->> 'resumedAtImages')::bigint
    AND NOT EXISTS (SELECT FROM metric m WHERE m.run_id = r.id AND m.epoch = r.epoch)
$$;

-- What attempts kept; arguments as those of attempt_record.
CREATE FUNCTION attempt_checkpoints(p_ids bigint[], p_epochs int[], p_checkpoints jsonb) RETURNS void LANGUAGE sql AS $$
  INSERT INTO checkpoint (run_id, epoch, images_seen, kind, artifact, sha256, bytes, created_at)
  SELECT p_ids[(c ->> 'run')::int], p_epochs[(c ->> 'run')::int], (c ->> 'imagesSeen')::bigint, c ->> 'kind', c ->> 'artifact',
    c ->> 'sha256', (c ->> 'bytes')::bigint, clock_timestamp()
  FROM jsonb_array_elements(p_checkpoints) AS c WHERE p_ids[(c ->> 'run')::int] IS NOT NULL
  ON CONFLICT DO NOTHING
$$;

DROP FUNCTION run_report(int, uuid[], int[], bigint[], int[], text[], bigint[], float8[], jsonb, jsonb, jsonb);
-- One call for all runs of a worker: fence, heartbeat and write. A run that is missing from the answer is fenced.
CREATE FUNCTION run_report(
  p_lease_ms int, p_uids uuid[], p_epochs int[], p_images bigint[],
  p_point_run int[], p_point_name text[], p_point_images bigint[], p_point_value float8[],
  p_evaluations jsonb, p_samples jsonb, p_findings jsonb DEFAULT '[]', p_starts jsonb DEFAULT '[]', p_checkpoints jsonb DEFAULT '[]'
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
    ids[mine.at] := mine.id;
  END LOOP;
  PERFORM attempt_starts(ids, p_epochs, p_starts);
  FOR mine IN SELECT k.id, k.at::int AS at FROM unnest(ids) WITH ORDINALITY AS k (id, at) WHERE k.id IS NOT NULL LOOP
    UPDATE run SET lease_until = clock_timestamp() + p_lease_ms * interval '1 millisecond', lease_ms = p_lease_ms,
      images_seen = greatest(images_seen, p_images[mine.at])
    WHERE id = mine.id;
    resumes[mine.at] := (SELECT a.resume_images FROM attempt a WHERE a.run_id = mine.id AND a.epoch = p_epochs[mine.at]);
  END LOOP;
  PERFORM attempt_record(ids, p_epochs, resumes, p_point_run, p_point_name, p_point_images, p_point_value, p_evaluations, p_samples);
  PERFORM attempt_findings(ids, p_epochs, resumes, p_findings);
  PERFORM attempt_checkpoints(ids, p_epochs, p_checkpoints);
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

DROP FUNCTION run_finish(uuid, int, text, bigint, text, text, text, text, float8, int[], text[], bigint[], float8[], jsonb, jsonb, jsonb);
-- Ends a run for good, with its last observations, in one transaction. Repeated after an unknown commit it finds its own
-- result.
CREATE FUNCTION run_finish(
  p_uid uuid, p_epoch int, p_kind text, p_images bigint, p_ended_by text, p_bad_tensor text,
  p_failure_kind text, p_failure_message text, p_seconds float8,
  p_point_run int[], p_point_name text[], p_point_images bigint[], p_point_value float8[],
  p_evaluations jsonb, p_samples jsonb, p_findings jsonb DEFAULT '[]', p_starts jsonb DEFAULT '[]', p_checkpoints jsonb DEFAULT '[]'
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
  PERFORM attempt_starts(ARRAY[mine.id], ARRAY[mine.epoch], p_starts);
  SELECT a.resume_images INTO STRICT resume FROM attempt a WHERE a.run_id = mine.id AND a.epoch = mine.epoch;
  PERFORM attempt_record(ARRAY[mine.id], ARRAY[mine.epoch], ARRAY[resume],
    p_point_run, p_point_name, p_point_images, p_point_value, p_evaluations, p_samples);
  PERFORM attempt_findings(ARRAY[mine.id], ARRAY[mine.epoch], ARRAY[resume], p_findings);
  PERFORM attempt_checkpoints(ARRAY[mine.id], ARRAY[mine.epoch], p_checkpoints);
  UPDATE run SET images_seen = greatest(images_seen, p_images) WHERE id = mine.id RETURNING * INTO mine;
  PERFORM attempt_end(mine, 'finished', p_seconds, p_failure_kind, p_failure_message);
  PERFORM run_end(mine.id, p_kind, p_ended_by, p_bad_tensor, p_failure_kind, p_failure_message, false);
  RETURN 'recorded';
END $$;

REVOKE EXECUTE ON FUNCTION attempt_starts, attempt_checkpoints, run_report, run_finish FROM PUBLIC;

DROP FUNCTION run_started(uuid, int, text, text, text, bigint);
DROP FUNCTION run_checkpoint(uuid, int, text, bigint, text, text, bigint);
