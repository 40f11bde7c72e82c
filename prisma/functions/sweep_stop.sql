CREATE OR REPLACE FUNCTION public.sweep_stop(p_sweep uuid)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
DECLARE
  target bigint := sweep_open_members(p_sweep);
  count_stopped int;
BEGIN
  PERFORM FROM sweep s WHERE s.id = target AND (s.next_index < s.run_count OR s.growing OR EXISTS (
    SELECT FROM sweep_run m JOIN run r ON r.id = m.run_id WHERE m.sweep_id = s.id AND r.ended_at IS NULL AND NOT m.stopped
      AND (m.until_images IS NULL OR r.images_seen < m.until_images OR (r.rung_images < m.until_images AND r.state <> 'running'))));
  IF FOUND OR target IS NULL THEN
    RETURN 0;
  END IF;
  WITH done AS (
    UPDATE sweep_run m SET stopped = true FROM run r
    WHERE m.sweep_id = target AND r.id = m.run_id AND r.ended_at IS NULL AND NOT m.stopped RETURNING m.run_id
  )
  SELECT count(*) INTO count_stopped FROM done;
  PERFORM run_prune_stopped();
  RETURN count_stopped;
END $function$
