CREATE OR REPLACE FUNCTION public.run_expire(p_run run, p_as text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  resumed_at bigint;
  progressed boolean;
  message text := CASE p_as WHEN 'worker-lost' THEN 'The worker died.' ELSE 'The worker fell silent and its lease ran out.' END;
BEGIN
  SELECT a.resume_images INTO STRICT resumed_at FROM attempt a WHERE a.run_id = p_run.id AND a.epoch = p_run.epoch;
  progressed := p_run.images_seen > resumed_at;
  -- Trained until its last report at the latest.
  PERFORM attempt_end(p_run, p_as, (
    SELECT greatest(0, extract(epoch FROM p_run.lease_until - p_run.lease_ms * interval '1 millisecond' - a.started_at))
    FROM attempt a WHERE a.run_id = p_run.id AND a.epoch = p_run.epoch), 'infra', message);
  IF p_run.cancel_requested OR p_run.prune_requested THEN
    PERFORM run_end(p_run.id, CASE WHEN p_run.cancel_requested THEN 'cancelled' ELSE 'pruned' END, NULL, NULL, NULL, NULL, true);
    RETURN;
  END IF;
  UPDATE run SET n_infra = n_infra + 1, n_noprogress = CASE WHEN progressed THEN 0 ELSE n_noprogress + 1 END
  WHERE id = p_run.id RETURNING * INTO p_run;
  IF p_run.n_noprogress >= 3 THEN
    PERFORM run_end(p_run.id, 'quarantined', NULL, NULL, 'poison',
      'Three attempts in a row ended with a dead worker before any progress.', true);
  ELSIF p_run.n_infra > 20 THEN
    PERFORM run_end(p_run.id, 'failed', NULL, NULL, 'infra', message, true);
  ELSE
    -- The first loss is made good at once; a run that keeps losing its workers waits longer each time.
    UPDATE run SET state = 'retry-wait', epoch = epoch + 1, worker_id = NULL, slot = NULL, lease_until = NULL, lease_ms = NULL,
      not_before = clock_timestamp() + CASE WHEN p_run.n_infra = 1 THEN interval '0' ELSE retry_delay(p_run.n_infra - 1) END,
      boost = 1, priority = priority + 1 - boost WHERE id = p_run.id;
  END IF;
END $function$
