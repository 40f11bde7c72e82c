CREATE OR REPLACE FUNCTION public.sweep_open_members(p_sweep uuid)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
DECLARE
  target bigint;
BEGIN
  PERFORM sweep_lock();
  SELECT id INTO target FROM sweep WHERE uid = p_sweep AND state IN ('expanding', 'active');
  PERFORM FROM run r JOIN sweep_run m ON m.run_id = r.id WHERE m.sweep_id = target AND r.ended_at IS NULL
  ORDER BY r.id FOR NO KEY UPDATE OF r;
  RETURN target;
END $function$
