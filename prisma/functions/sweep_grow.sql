CREATE OR REPLACE FUNCTION public.sweep_grow(p_sweep uuid, p_request jsonb, p_growth jsonb, p_index integer[], p_uid uuid[], p_trial text[], p_seed bigint[], p_data_hash text[], p_trial_id text[], p_configuration text[], p_continues uuid[] DEFAULT NULL::uuid[])
 RETURNS TABLE(outcome text, at_ordinal integer)
 LANGUAGE plpgsql
AS $function$
DECLARE
  target sweep;
  earlier sweep_growth;
  number int;
  more boolean;
BEGIN
  PERFORM sweep_lock();
  SELECT * INTO target FROM sweep WHERE uid = p_sweep FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'not-found', 0;
    RETURN;
  END IF;
  SELECT * INTO earlier FROM sweep_growth g WHERE g.idempotency_key = p_request ->> 'idempotencyKey';
  IF FOUND THEN
    RETURN QUERY SELECT CASE WHEN earlier.sweep_id = target.id AND earlier.body_hash = p_request ->> 'bodyHash'
      THEN 'existing' ELSE 'key-reused' END, earlier.ordinal;
    RETURN;
  END IF;
  IF p_growth IS NULL THEN
    RETURN QUERY SELECT 'nothing-to-do', 0;
    RETURN;
  END IF;
  IF target.state = 'cancelled' OR target.state = 'expanding' OR target.next_index <> target.run_count THEN
    RETURN QUERY SELECT CASE WHEN target.state = 'cancelled' THEN 'cancelled' ELSE 'expanding' END, 0;
    RETURN;
  END IF;
  IF target.next_index <> (p_request ->> 'from')::int OR target.spec_hash <> p_request ->> 'specHashBefore' THEN
    RETURN QUERY SELECT 'stale', 0;
    RETURN;
  END IF;
  more := (p_growth ->> 'runCount')::int > target.next_index;
  SELECT coalesce(max(g.ordinal), 0) + 1 INTO number FROM sweep_growth g WHERE g.sweep_id = target.id;
  UPDATE sweep s SET spec = p_growth -> 'spec', spec_hash = p_growth ->> 'specHash', priority = (p_growth ->> 'priority')::int,
    trial_count = (p_growth ->> 'trialCount')::int, run_count = (p_growth ->> 'runCount')::int, grown_from = target.next_index,
    growing = (p_growth ->> 'growing')::boolean,
    state = CASE WHEN more AND target.state <> 'paused' THEN 'expanding'
      WHEN (p_growth ->> 'growing')::boolean AND target.state = 'done' THEN 'active' ELSE s.state END,
    ended_at = CASE WHEN more OR (p_growth ->> 'growing')::boolean THEN NULL ELSE s.ended_at END
  WHERE s.id = target.id;
  IF cardinality(p_index) > 0 THEN
    PERFORM sweep_add_runs(target.id, p_index, p_uid, p_trial, p_seed, p_data_hash, p_trial_id, p_configuration, p_continues);
  END IF;
  IF more OR (p_growth ->> 'priority')::int <> target.priority THEN
    PERFORM run_refresh_hold(ARRAY(
      SELECT r.id FROM sweep_run m JOIN run r ON r.id = m.run_id WHERE m.sweep_id = target.id AND r.ended_at IS NULL ORDER BY r.id));
  END IF;
  INSERT INTO sweep_growth (sweep_id, ordinal, at, from_index, spec_before, changes, notes, added_trial_count, added_run_count,
    adopted_run_count, idempotency_key, body_hash)
  SELECT target.id, number, clock_timestamp(), target.next_index, target.spec,
    ARRAY(SELECT jsonb_array_elements_text(p_growth -> 'changes')), ARRAY(SELECT jsonb_array_elements_text(p_growth -> 'notes')),
    (p_growth ->> 'addedTrialCount')::int, (p_growth ->> 'runCount')::int - target.next_index,
    s.adopted_run_count - target.adopted_run_count, p_request ->> 'idempotencyKey', p_request ->> 'bodyHash'
  FROM sweep s WHERE s.id = target.id;
  RETURN QUERY SELECT 'grown', number;
END $function$
