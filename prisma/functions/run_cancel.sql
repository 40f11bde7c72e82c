CREATE OR REPLACE FUNCTION public.run_cancel(p_run uuid)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
DECLARE
  target run;
BEGIN
  SELECT * INTO target FROM run WHERE uid = p_run FOR NO KEY UPDATE;
  CASE
    WHEN target.id IS NULL THEN RETURN 'not-found';
    WHEN target.state = 'cancelled' THEN RETURN 'ok';
    WHEN target.state = 'running' THEN UPDATE run SET cancel_requested = true WHERE id = target.id;
    WHEN target.ended_at IS NULL THEN PERFORM run_end(target.id, 'cancelled', NULL, NULL, NULL, NULL, false);
    ELSE RETURN 'conflict';
  END CASE;
  RETURN 'ok';
END $function$
