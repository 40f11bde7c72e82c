CREATE OR REPLACE FUNCTION public.run_retry(p_run uuid, p_fresh boolean)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
DECLARE
  target run;
BEGIN
  PERFORM sweep_lock();
  SELECT * INTO target FROM run WHERE uid = p_run FOR NO KEY UPDATE;
  IF target.id IS NULL THEN
    RETURN 'not-found';
  END IF;
  IF target.state NOT IN ('failed', 'quarantined', 'cancelled') OR NOT EXISTS (
    SELECT FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id WHERE m.run_id = target.id AND s.state <> 'cancelled')
  THEN
    RETURN 'conflict';
  END IF;
  DELETE FROM result WHERE run_id = target.id;
  UPDATE run SET state = 'queued', ended_at = NULL, cancel_requested = false, prune_requested = false, boost = 1,
    n_infra = 0, n_crash = 0, n_oom = 0, n_hang = 0, n_noprogress = 0, n_untaken = 0,
    restart_epoch = CASE WHEN p_fresh THEN epoch ELSE restart_epoch END,
    images_seen = CASE WHEN p_fresh THEN 0 ELSE images_seen END,
    rung_images = CASE WHEN p_fresh THEN 0 ELSE rung_images END
  WHERE id = target.id;
  UPDATE sweep s SET state = CASE WHEN s.next_index < s.run_count THEN 'expanding' ELSE 'active' END, ended_at = NULL
  FROM sweep_run m WHERE m.sweep_id = s.id AND m.run_id = target.id AND s.state = 'done';
  PERFORM run_refresh_hold(ARRAY[target.id]);
  RETURN 'ok';
END $function$
