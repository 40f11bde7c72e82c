CREATE OR REPLACE FUNCTION public.run_finish(p_uid uuid, p_epoch integer, p_kind text, p_images bigint, p_ended_by text, p_bad_tensor text, p_failure_kind text, p_failure_message text, p_seconds double precision, p_point_run integer[], p_point_name text[], p_point_images bigint[], p_point_value double precision[], p_evaluations jsonb, p_samples jsonb, p_findings jsonb DEFAULT '[]'::jsonb, p_starts jsonb DEFAULT '[]'::jsonb, p_checkpoints jsonb DEFAULT '[]'::jsonb)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
END $function$
