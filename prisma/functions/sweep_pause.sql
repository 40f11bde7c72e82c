CREATE OR REPLACE FUNCTION public.sweep_pause(p_sweep uuid)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
DECLARE
  target sweep;
BEGIN
  PERFORM sweep_lock();
  SELECT * INTO target FROM sweep WHERE uid = p_sweep;
  CASE
    WHEN target.id IS NULL THEN RETURN 'not-found';
    WHEN target.state = 'paused' THEN RETURN 'ok';
    WHEN target.state IN ('done', 'cancelled') THEN RETURN 'conflict';
    ELSE PERFORM sweep_set_state(target.id, 'paused', NULL);
  END CASE;
  RETURN 'ok';
END $function$
