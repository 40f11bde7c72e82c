CREATE OR REPLACE FUNCTION public.run_report(p_lease_ms integer, p_uids uuid[], p_epochs integer[], p_images bigint[], p_point_run integer[], p_point_name text[], p_point_images bigint[], p_point_value double precision[], p_evaluations jsonb, p_samples jsonb, p_findings jsonb DEFAULT '[]'::jsonb, p_starts jsonb DEFAULT '[]'::jsonb, p_checkpoints jsonb DEFAULT '[]'::jsonb)
 RETURNS TABLE(run_at integer, request text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
END $function$
