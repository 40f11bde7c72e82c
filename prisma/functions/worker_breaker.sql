CREATE OR REPLACE FUNCTION public.worker_breaker(p_worker bigint, p_kind text, p_message text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  quick int;
BEGIN
  SELECT count(DISTINCT last.run_id) INTO quick FROM (
    SELECT a.run_id, a.failure_kind, a.ended_at - a.started_at AS took FROM attempt a
    WHERE a.worker_id = p_worker AND a.ended_at IS NOT NULL ORDER BY a.started_at DESC LIMIT 3
  ) last WHERE last.failure_kind IN ('crash', 'oom', 'worker-local') AND last.took < interval '30 seconds';
  IF p_kind = 'worker-local' OR quick = 3 THEN
    UPDATE worker SET state = 'cordoned', cordoned_until = clock_timestamp() + interval '10 minutes', cordoned_because = p_message
    WHERE id = p_worker;
  END IF;
END $function$
