CREATE OR REPLACE FUNCTION public.sweep_complete()
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
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
      SELECT FROM sweep_run m JOIN run r ON r.id = m.run_id WHERE m.sweep_id = s.id AND r.ended_at IS NULL AND NOT m.stopped)
  LOOP
    UPDATE sweep SET state = 'done', ended_at = clock_timestamp() WHERE id = finished;
    closed := closed + 1;
  END LOOP;
  -- Events are for those who listen; a day is more than anybody reconnects after.
  DELETE FROM event e WHERE e.at < clock_timestamp() - interval '1 day' AND e.id IN (SELECT o.id FROM event o ORDER BY o.id LIMIT 5000);
  RETURN closed;
END $function$
