CREATE OR REPLACE FUNCTION public.sweep_resume(p_sweep uuid)
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
    WHEN target.state IN ('expanding', 'active') THEN RETURN 'ok';
    WHEN target.state IN ('done', 'cancelled') THEN RETURN 'conflict';
    ELSE
      -- Who resumes a sweep that the service paused has seen why; it is not paused for that again.
      UPDATE sweep SET breaker_armed = breaker_armed AND target.paused_because IS NULL WHERE id = target.id;
      PERFORM sweep_set_state(target.id, CASE WHEN target.next_index < target.run_count THEN 'expanding' ELSE 'active' END, NULL);
  END CASE;
  RETURN 'ok';
END $function$
