CREATE OR REPLACE FUNCTION public.run_fail(p_uid uuid, p_epoch integer, p_kind text, p_message text, p_exit_code integer, p_signal text, p_seconds double precision)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  mine run := run_lock(p_uid, p_epoch);
  current attempt;
  nth int;
  retries int;
  verdict text;
BEGIN
  IF mine.id IS NULL THEN
    RETURN 'fenced';
  END IF;
  SELECT * INTO STRICT current FROM attempt a WHERE a.run_id = mine.id AND a.epoch = mine.epoch;
  PERFORM attempt_end(mine, 'failed', p_seconds, p_kind, p_message, p_exit_code, p_signal);
  -- One death of a trainer ended all attempts of its pack, and says nothing of this run: it trains alone next, uncounted.
  IF current.pack_size > 1 AND p_kind IN ('crash', 'hang', 'oom') AND NOT (mine.cancel_requested OR mine.prune_requested) THEN
    UPDATE run SET state = 'retry-wait', worker_id = NULL, slot = NULL, lease_until = NULL, lease_ms = NULL, alone = true,
      not_before = clock_timestamp() + retry_delay(1), boost = 1, priority = priority + 1 - boost WHERE id = mine.id;
    RETURN 'retry-wait';
  END IF;
  PERFORM worker_breaker(current.worker_id, p_kind, p_message);
  IF mine.cancel_requested OR mine.prune_requested THEN
    verdict := CASE WHEN mine.cancel_requested THEN 'cancelled' ELSE 'pruned' END;
    PERFORM run_end(mine.id, verdict, NULL, NULL, NULL, NULL, false);
    RETURN verdict;
  END IF;
  IF p_kind IN ('crash', 'hang', 'oom') THEN
    mine.n_noprogress := CASE WHEN mine.images_seen > current.resume_images THEN 0 ELSE mine.n_noprogress + 1 END;
  END IF;
  CASE p_kind
    WHEN 'infra' THEN mine.n_infra := mine.n_infra + 1; nth := mine.n_infra; retries := 20;
    WHEN 'oom' THEN mine.n_oom := mine.n_oom + 1; nth := mine.n_oom; retries := 1;
    WHEN 'crash' THEN mine.n_crash := mine.n_crash + 1; nth := mine.n_crash; retries := 2;
    WHEN 'hang' THEN mine.n_hang := mine.n_hang + 1; nth := mine.n_hang; retries := 2;
    WHEN 'worker-local' THEN nth := 1; retries := 1;
    WHEN 'user' THEN nth := 1; retries := 0;
    WHEN 'poison' THEN nth := 1; retries := 0;
  END CASE;
  -- The same crash at the same point is no accident. A kill from outside says nothing about the run.
  IF p_kind = 'crash' AND p_signal IS DISTINCT FROM 'SIGKILL' THEN
    PERFORM FROM attempt a WHERE a.run_id = mine.id AND a.epoch < mine.epoch AND a.epoch > mine.restart_epoch
      AND a.failure_kind = 'crash' AND a.images_seen = mine.images_seen AND a.failure_message = p_message
      AND a.signal IS DISTINCT FROM 'SIGKILL' AND mine.n_crash > 1;
    IF FOUND THEN
      retries := 0;
    END IF;
  END IF;
  UPDATE run SET n_infra = mine.n_infra, n_oom = mine.n_oom, n_crash = mine.n_crash, n_hang = mine.n_hang,
    n_noprogress = mine.n_noprogress WHERE id = mine.id;
  IF p_kind = 'poison' OR mine.n_noprogress >= 3 THEN
    PERFORM run_end(mine.id, 'quarantined', NULL, NULL, 'poison', p_message, false);
    RETURN 'quarantined';
  END IF;
  IF nth > retries THEN
    PERFORM run_end(mine.id, 'failed', NULL, NULL, p_kind, p_message, false);
    RETURN 'failed';
  END IF;
  UPDATE run SET state = 'retry-wait', worker_id = NULL, slot = NULL, lease_until = NULL, lease_ms = NULL,
    not_before = clock_timestamp() + retry_delay(nth), boost = 1, priority = priority + 1 - boost WHERE id = mine.id;
  RETURN 'retry-wait';
END $function$
