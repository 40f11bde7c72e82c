CREATE OR REPLACE FUNCTION public.sweep_create(p_sweep jsonb, p_index integer[], p_uid uuid[], p_trial text[], p_seed bigint[], p_data_hash text[], p_trial_id text[], p_configuration text[])
 RETURNS TABLE(outcome text, sweep_uid uuid)
 LANGUAGE plpgsql
AS $function$
DECLARE
  present sweep;
  new_id bigint;
BEGIN
  PERFORM sweep_lock();
  SELECT * INTO present FROM sweep WHERE idempotency_key = p_sweep ->> 'idempotencyKey';
  IF FOUND THEN
    RETURN QUERY SELECT CASE WHEN present.body_hash = p_sweep ->> 'bodyHash' THEN 'existing' ELSE 'key-reused' END, present.uid;
    RETURN;
  END IF;
  INSERT INTO sweep (uid, name, description, state, spec, spec_hash, idempotency_key, body_hash, trial_count, run_count,
    priority, reuse, plan, run_minutes, training_version, growing)
  VALUES ((p_sweep ->> 'id')::uuid, p_sweep ->> 'name', p_sweep ->> 'description', 'expanding', p_sweep -> 'spec',
    p_sweep ->> 'specHash', p_sweep ->> 'idempotencyKey', p_sweep ->> 'bodyHash', (p_sweep ->> 'trialCount')::int,
    (p_sweep ->> 'runCount')::int, (p_sweep ->> 'priority')::int, (p_sweep ->> 'reuse')::boolean, p_sweep -> 'plan',
    (p_sweep ->> 'runMinutes')::float8, (p_sweep ->> 'trainingVersion')::int, coalesce((p_sweep ->> 'growing')::boolean, false))
  RETURNING id INTO new_id;
  PERFORM sweep_add_runs(new_id, p_index, p_uid, p_trial, p_seed, p_data_hash, p_trial_id, p_configuration);
  RETURN QUERY SELECT 'created', (p_sweep ->> 'id')::uuid;
END $function$
