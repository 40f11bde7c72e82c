CREATE OR REPLACE FUNCTION public.run_release(p_uid uuid, p_epoch integer, p_seconds double precision, p_untaken text DEFAULT NULL::text, p_at_rung boolean DEFAULT false)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  mine run := run_lock(p_uid, p_epoch);
  before attempt;
  untaken int := 0;
BEGIN
  IF mine.id IS NULL THEN
    RETURN 'fenced';
  END IF;
  IF p_untaken IS NOT NULL THEN
    SELECT * INTO before FROM attempt a WHERE a.run_id = mine.id AND a.epoch < mine.epoch ORDER BY a.epoch DESC LIMIT 1;
    -- In a row: an attempt in between that began, or ended otherwise, begins the count anew.
    untaken := 1 + CASE WHEN before.ended_as = 'released' AND before.failure_message IS NOT NULL THEN mine.n_untaken ELSE 0 END;
  END IF;
  PERFORM attempt_end(mine, 'released', p_seconds, CASE WHEN p_untaken IS NULL THEN NULL ELSE 'infra' END, p_untaken);
  IF mine.cancel_requested THEN
    PERFORM run_end(mine.id, 'cancelled', NULL, NULL, NULL, NULL, false);
  ELSIF mine.prune_requested THEN
    PERFORM run_end(mine.id, 'pruned', NULL, NULL, NULL, NULL, false);
  ELSIF untaken >= 5 THEN
    PERFORM run_end(mine.id, 'failed', NULL, NULL, 'infra', format(
      'No trainer lived long enough to begin it: %s claims in a row ended before the start, the last on %s because %s. '
      'See what ails the worker (gansweep list, gansweep doctor), then retry the run.',
      untaken, (SELECT w.host FROM worker w WHERE w.id = mine.worker_id), p_untaken), false);
  ELSE
    UPDATE run SET state = 'queued', worker_id = NULL, slot = NULL, lease_until = NULL, lease_ms = NULL, n_untaken = untaken,
      boost = CASE WHEN p_at_rung THEN 0 ELSE 1 END, priority = priority - boost + CASE WHEN p_at_rung THEN 0 ELSE 1 END,
      rung_images = CASE WHEN p_at_rung THEN run_checkpoint_at(mine.id, mine.restart_epoch) ELSE rung_images END
    WHERE id = mine.id;
    PERFORM run_refresh_hold(ARRAY[mine.id]);
  END IF;
  RETURN 'recorded';
END $function$
