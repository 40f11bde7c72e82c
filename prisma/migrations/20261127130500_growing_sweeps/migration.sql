-- Sweeps get more runs after they were submitted: by people (growth), or by the service, from results.

-- The service itself adds runs as results come in; the sweep is done only once that is over.
ALTER TABLE "sweep" ADD COLUMN "growing" BOOLEAN NOT NULL DEFAULT false;

CREATE OR REPLACE FUNCTION sweep_create(
  p_sweep jsonb, p_index int[], p_uid uuid[], p_trial text[], p_seed bigint[], p_data_hash text[],
  p_trial_id text[], p_configuration text[]
) RETURNS TABLE (outcome text, sweep_uid uuid) LANGUAGE plpgsql AS $$
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
END $$;

-- Adds runs behind those that a sweep has, each with its index from p_from on; `stale` where it has others by now, is
-- not written down whole, or does not run. With no runs it only says whether the service will add more.
CREATE FUNCTION sweep_append(
  p_sweep uuid, p_from int, p_growing boolean, p_index int[], p_uid uuid[], p_trial text[], p_seed bigint[], p_data_hash text[],
  p_trial_id text[], p_configuration text[]
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  target bigint;
BEGIN
  PERFORM sweep_lock();
  SELECT id INTO target FROM sweep
  WHERE uid = p_sweep AND state IN ('active', 'done') AND next_index = p_from AND next_index = run_count;
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
END $$;

-- Pauses sweeps that mostly fail or have spent their hours, and closes those whose runs all ended; returns how many were
-- closed.
CREATE OR REPLACE FUNCTION sweep_complete() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  broken record;
  spent record;
  closed int := 0;
  finished bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('gansweep sweeps')) THEN
    RETURN 0;
  END IF;
  FOR broken IN
    SELECT s.id, count(*) FILTER (WHERE d.failure_kind = 'user') AS by_user, count(*) AS failures,
      (SELECT count(*) FROM (SELECT FROM sweep_run n JOIN result e ON e.run_id = n.run_id WHERE n.sweep_id = s.id LIMIT 11) x) AS ended
    FROM sweep s JOIN sweep_run m ON m.sweep_id = s.id JOIN result d ON d.run_id = m.run_id
    WHERE s.state IN ('expanding', 'active') AND s.breaker_armed AND d.kind IN ('failed', 'quarantined')
    GROUP BY s.id
  LOOP
    IF broken.by_user >= 3 THEN
      PERFORM sweep_set_state(broken.id, 'paused', 'Three runs failed because of the spec or the data set.');
    ELSIF broken.ended <= 10 AND broken.failures > 5 THEN
      PERFORM sweep_set_state(broken.id, 'paused', 'Most of the first ten runs failed.');
    END IF;
  END LOOP;
  FOR spent IN
    SELECT s.id, s.spec #>> '{budget,hours}' AS hours FROM sweep s
    WHERE s.state IN ('expanding', 'active') AND s.hours_spent_at IS NULL AND s.spec #>> '{budget,hours}' IS NOT NULL
      AND EXISTS (SELECT FROM sweep_run m JOIN run r ON r.id = m.run_id WHERE m.sweep_id = s.id AND r.ended_at IS NULL)
      AND (s.spec #>> '{budget,hours}')::float8 * 3600 <= (
        SELECT sum(attempt_seconds(a))
        FROM sweep_run m JOIN attempt a ON a.run_id = m.run_id WHERE m.sweep_id = s.id AND a.started_at >= s.created_at)
  LOOP
    UPDATE sweep SET hours_spent_at = clock_timestamp() WHERE id = spent.id;
    PERFORM sweep_set_state(spent.id, 'paused', format('Its budget of %s hours is spent. Resume it to go on without a limit.', spent.hours));
  END LOOP;
  FOR finished IN
    SELECT s.id FROM sweep s WHERE s.state = 'active' AND s.next_index = s.run_count AND NOT s.growing AND NOT EXISTS (
      SELECT FROM sweep_run m JOIN run r ON r.id = m.run_id WHERE m.sweep_id = s.id AND r.ended_at IS NULL)
  LOOP
    UPDATE sweep SET state = 'done', ended_at = clock_timestamp() WHERE id = finished;
    closed := closed + 1;
  END LOOP;
  -- Events are for those who listen; a day is more than anybody reconnects after.
  DELETE FROM event e WHERE e.at < clock_timestamp() - interval '1 day' AND e.id IN (SELECT o.id FROM event o ORDER BY o.id LIMIT 5000);
  RETURN closed;
END $$;
