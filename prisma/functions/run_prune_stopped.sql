CREATE OR REPLACE FUNCTION public.run_prune_stopped()
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
DECLARE
  unwanted bigint;
  pruned int := 0;
BEGIN
  FOR unwanted IN
    SELECT r.id FROM run r WHERE r.id IN (SELECT m.run_id FROM sweep_run m WHERE m.stopped) AND r.state IN ('queued', 'retry-wait')
      AND NOT EXISTS (
        SELECT FROM sweep_run o JOIN sweep s ON s.id = o.sweep_id
        WHERE o.run_id = r.id AND NOT o.stopped AND s.state IN ('expanding', 'active', 'paused'))
    ORDER BY r.id FOR NO KEY UPDATE
  LOOP
    PERFORM run_end(unwanted, 'pruned', NULL, NULL, NULL, NULL, false);
    pruned := pruned + 1;
  END LOOP;
  RETURN pruned;
END $function$
