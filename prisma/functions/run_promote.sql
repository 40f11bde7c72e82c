CREATE OR REPLACE FUNCTION public.run_promote()
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
DECLARE
  moved int;
BEGIN
  UPDATE run SET state = 'queued', not_before = NULL WHERE id IN (
    SELECT r.id FROM run r WHERE r.state = 'retry-wait' AND r.not_before <= clock_timestamp()
    ORDER BY r.id FOR NO KEY UPDATE SKIP LOCKED);
  GET DIAGNOSTICS moved = ROW_COUNT;
  RETURN moved;
END $function$
