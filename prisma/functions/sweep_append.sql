CREATE OR REPLACE FUNCTION public.sweep_append(p_sweep uuid, p_from integer, p_spec_hash text, p_growing boolean, p_index integer[], p_uid uuid[], p_trial text[], p_seed bigint[], p_data_hash text[], p_trial_id text[], p_configuration text[])
 RETURNS text
 LANGUAGE plpgsql
AS $function$
DECLARE
  target bigint;
BEGIN
  PERFORM sweep_lock();
  SELECT id INTO target FROM sweep
  WHERE uid = p_sweep AND state IN ('active', 'done') AND next_index = p_from AND next_index = run_count AND spec_hash = p_spec_hash;
  IF target IS NULL THEN
    RETURN 'stale';
  END IF;
  UPDATE sweep s SET growing = p_growing, run_count = run_count + cardinality(p_index),
    trial_count = trial_count + (
      SELECT count(DISTINCT n.trial) FROM unnest(p_trial) AS n (trial) WHERE NOT EXISTS (
        SELECT FROM sweep_run m JOIN run r ON r.id = m.run_id WHERE m.sweep_id = target AND r.trial_id = n.trial)),
    state = CASE WHEN p_growing OR cardinality(p_index) > 0 THEN 'active' ELSE s.state END,
    ended_at = CASE WHEN p_growing OR cardinality(p_index) > 0 THEN NULL ELSE s.ended_at END
  WHERE id = target;
  IF cardinality(p_index) > 0 THEN
    PERFORM sweep_add_runs(target, p_index, p_uid, p_trial, p_seed, p_data_hash, p_trial_id, p_configuration);
  END IF;
  RETURN 'appended';
END $function$
