CREATE OR REPLACE FUNCTION public.sweep_expand(p_sweep uuid, p_from integer, p_index integer[], p_uid uuid[], p_trial text[], p_seed bigint[], p_data_hash text[], p_trial_id text[], p_configuration text[], p_continues uuid[] DEFAULT NULL::uuid[])
 RETURNS text
 LANGUAGE plpgsql
AS $function$
DECLARE
  target bigint;
BEGIN
  PERFORM sweep_lock();
  SELECT id INTO target FROM sweep WHERE uid = p_sweep AND state = 'expanding' AND next_index = p_from;
  IF target IS NULL THEN
    RETURN 'stale';
  END IF;
  PERFORM sweep_add_runs(target, p_index, p_uid, p_trial, p_seed, p_data_hash, p_trial_id, p_configuration, p_continues);
  RETURN 'expanded';
END $function$
