-- Early stopping: a sweep says up to which images it wants each of its runs for now. A run that nobody wants further is set down
-- at its checkpoint, costs nothing, and goes on from there bit for bit when somebody wants more of it.

-- NULL: to its end. stopped: the sweep is through with it, at the scores that it has. audited: it was not promoted, and is
-- trained to its end all the same, to see what stopping cost.
ALTER TABLE "sweep_run" ADD COLUMN "until_images" BIGINT,
  ADD COLUMN "stopped" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "audited" BOOLEAN NOT NULL DEFAULT false;
-- Where it was last set down: its checkpoint and its scores are there. 0: never.
ALTER TABLE "run" ADD COLUMN "rung_images" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE run ADD CONSTRAINT run_rung_not_negative CHECK (rung_images >= 0);
CREATE INDEX sweep_run_stopped ON sweep_run (run_id) WHERE stopped;

-- Members of a sweep with rungs are wanted up to the first one.
CREATE FUNCTION members_until() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE sweep_run m SET until_images = (s.plan #>> '{rungs,0}')::bigint FROM added a JOIN sweep s ON s.id = a.sweep_id
  WHERE m.sweep_id = a.sweep_id AND m.idx = a.idx AND jsonb_array_length(coalesce(s.plan -> 'rungs', '[]')) > 0;
  RETURN NULL;
END $$;
CREATE TRIGGER members_until AFTER INSERT ON sweep_run REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION members_until();

-- Images of the newest checkpoint that a run would go on from; 0 without one.
CREATE FUNCTION run_checkpoint_at(p_run bigint, p_restart_epoch int) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(max(c.images_seen), 0) FROM canonical_checkpoint c
  WHERE c.run_id = p_run AND c.kind = 'full' AND c.epoch > p_restart_epoch
$$;

-- What the active sweeps that hold a run want of it, each with how far for now.
CREATE FUNCTION run_plans(p_run bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT coalesce(jsonb_agg(
    CASE WHEN m.until_images IS NULL THEN s.plan ELSE s.plan || jsonb_build_object('untilImages', m.until_images) END ORDER BY s.id), '[]')
  FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id
  WHERE m.run_id = p_run AND s.state IN ('expanding', 'active') AND NOT m.stopped
$$;

-- Whether an active sweep wants more of each run, at which priority, and what it needs of its worker for it.
CREATE OR REPLACE FUNCTION run_refresh_hold(p_ids bigint[]) RETURNS void LANGUAGE sql AS $$
  UPDATE run r SET held = h.held, priority = h.priority + r.boost, needs = h.needs
  FROM (
    SELECT m.run_id,
      bool_or(s.state IN ('expanding', 'active') AND NOT m.stopped AND (m.until_images IS NULL OR m.until_images > o.rung_images)) AS held,
      coalesce(max(s.priority) FILTER (WHERE s.state IN ('expanding', 'active')), 0) AS priority,
      run_needs(m.run_id) AS needs
    FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id JOIN run o ON o.id = m.run_id
    WHERE m.run_id = ANY (p_ids) GROUP BY m.run_id
  ) h
  WHERE r.id = h.run_id AND r.ended_at IS NULL
    AND (r.held, r.priority, r.needs) IS DISTINCT FROM (h.held, h.priority + r.boost, h.needs)
$$;

CREATE OR REPLACE FUNCTION run_claim(p_worker uuid, p_slot int, p_limit int, p_lease_ms int, p_pack boolean DEFAULT false,
  p_beside uuid[] DEFAULT '{}', p_expected uuid DEFAULT NULL, p_because text DEFAULT NULL)
RETURNS TABLE (
  run_uid uuid, run_epoch int, trial text, configuration jsonb, run_seed bigint, dataset_hash text, version int,
  plans jsonb, minutes float8, seconds_used float8, checkpoints jsonb
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  claimant worker;
  picked run;
  pack bigint[];
  claimed bigint[] := '{}';
  resume bigint;
  expected text := pack_shape_of(p_expected);
BEGIN
  SELECT * INTO claimant FROM worker w WHERE w.uid = p_worker;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'worker % has not announced itself', p_worker;
  END IF;
  IF claimant.ended_at IS NOT NULL OR claimant.state <> 'active' OR claimant.cordoned_until > clock_timestamp() THEN
    RETURN;
  END IF;
  pack := CASE WHEN p_pack THEN pack_of(p_limit, p_beside, p_expected, claimant.offers) END;
  FOR picked IN
    SELECT * FROM run r WHERE r.state = 'queued' AND r.held AND served(r.needs, claimant.offers) AND (pack IS NULL OR r.id = ANY (pack))
    ORDER BY r.priority DESC, r.id LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
  LOOP
    BEGIN
      SELECT coalesce(max(c.images_seen), 0) INTO resume FROM canonical_checkpoint c
      WHERE c.run_id = picked.id AND c.kind = 'full' AND c.epoch > picked.restart_epoch;
      UPDATE run r SET state = 'running', epoch = r.epoch + 1, worker_id = claimant.id, slot = p_slot, lease_ms = p_lease_ms,
        lease_until = clock_timestamp() + p_lease_ms * interval '1 millisecond', images_seen = resume,
        rung_images = least(r.rung_images, resume)
      WHERE r.id = picked.id;
      INSERT INTO attempt (run_id, epoch, worker_id, slot, resume_images, started_at, pack_because)
      VALUES (picked.id, picked.epoch + 1, claimant.id, p_slot, resume, clock_timestamp(),
        CASE WHEN p_expected IS NULL OR pack_shape_of(picked.uid) = expected THEN p_because END);
      claimed := claimed || picked.id;
    EXCEPTION WHEN integrity_constraint_violation OR data_exception OR raise_exception THEN
      PERFORM run_end(picked.id, 'quarantined', NULL, NULL, 'poison', 'The run could not be claimed: ' || SQLERRM, false);
    END;
  END LOOP;
  -- Whose trainer dies beside others trains alone next: that holds for those who were there first, too.
  IF p_pack AND cardinality(claimed) > 0 AND cardinality(claimed) + cardinality(p_beside) > 1 THEN
    UPDATE attempt a SET pack_size = greatest(a.pack_size, cardinality(claimed) + cardinality(p_beside)) FROM run r
    WHERE (r.id = ANY (claimed) OR (r.uid = ANY (p_beside) AND r.state = 'running' AND r.worker_id = claimant.id))
      AND a.run_id = r.id AND a.epoch = r.epoch;
  END IF;
  RETURN QUERY
    SELECT r.uid, r.epoch, r.trial_id, t.configuration, r.seed, r.data_hash, r.training_version,
      run_plans(r.id),
      r.run_minutes,
      (SELECT coalesce(sum(a.seconds), 0) FROM attempt a WHERE a.run_id = r.id AND a.epoch > r.restart_epoch),
      (SELECT coalesce(jsonb_agg(jsonb_build_object('imagesSeen', c.images_seen, 'kind', c.kind, 'artifact', c.artifact,
        'sha256', c.sha256, 'bytes', c.bytes) ORDER BY c.images_seen DESC), '[]') FROM canonical_checkpoint c
       WHERE c.run_id = r.id AND c.kind = 'full' AND c.epoch > r.restart_epoch AND c.images_seen > 0)
    FROM run r JOIN trial t ON t.id = r.trial_id
    WHERE r.id = ANY (claimed) ORDER BY r.priority DESC, r.id;
END $$;

DROP FUNCTION run_release(uuid, int, float8, text);
-- @param p_at_rung its worker set it down where no sweep that holds it wants more of it for now: it waits at its last checkpoint.
-- @param p_untaken how its trainer died before it took the run; NULL where the worker gives it back for another reason.
CREATE FUNCTION run_release(p_uid uuid, p_epoch int, p_seconds float8, p_untaken text DEFAULT NULL,
  p_at_rung boolean DEFAULT false)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  mine run := run_lock(p_uid, p_epoch);
  before attempt;
  untaken int := 0;
BEGIN
  IF mine.id IS NULL THEN
    RETURN 'fenced';
  END IF;
  IF p_untaken IS NOT NULL THEN
    SELECT * INTO before FROM attempt a WHERE a.run_id = mine.id AND a.epoch < mine.epoch ORDER BY a.epoch DESC LIMIT 1;
    -- In a row: an attempt in between that began, or ended otherwise, begins the count anew.
    untaken := 1 + CASE WHEN before.ended_as = 'released' AND before.failure_message IS NOT NULL THEN mine.n_untaken ELSE 0 END;
  END IF;
  PERFORM attempt_end(mine, 'released', p_seconds, CASE WHEN p_untaken IS NULL THEN NULL ELSE 'infra' END, p_untaken);
  IF mine.cancel_requested THEN
    PERFORM run_end(mine.id, 'cancelled', NULL, NULL, NULL, NULL, false);
  ELSIF mine.prune_requested THEN
    PERFORM run_end(mine.id, 'pruned', NULL, NULL, NULL, NULL, false);
  ELSIF untaken >= 5 THEN
    PERFORM run_end(mine.id, 'failed', NULL, NULL, 'infra', format(
      'No trainer lived long enough to begin it: %s claims in a row ended before the start, the last on %s because %s. '
      'See what ails the worker (gansweep list, gansweep doctor), then retry the run.',
      untaken, (SELECT w.host FROM worker w WHERE w.id = mine.worker_id), p_untaken), false);
  ELSE
    UPDATE run SET state = 'queued', worker_id = NULL, slot = NULL, lease_until = NULL, lease_ms = NULL, n_untaken = untaken,
      boost = CASE WHEN p_at_rung THEN 0 ELSE 1 END, priority = priority - boost + CASE WHEN p_at_rung THEN 0 ELSE 1 END,
      rung_images = CASE WHEN p_at_rung THEN run_checkpoint_at(mine.id, mine.restart_epoch) ELSE rung_images END
    WHERE id = mine.id;
    PERFORM run_refresh_hold(ARRAY[mine.id]);
  END IF;
  RETURN 'recorded';
END $$;
REVOKE EXECUTE ON FUNCTION run_claim, run_release FROM PUBLIC;

CREATE OR REPLACE FUNCTION run_retry(p_run uuid, p_fresh boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  target run;
BEGIN
  PERFORM sweep_lock();
  SELECT * INTO target FROM run WHERE uid = p_run FOR NO KEY UPDATE;
  IF target.id IS NULL THEN
    RETURN 'not-found';
  END IF;
  IF target.state NOT IN ('failed', 'quarantined', 'cancelled') OR NOT EXISTS (
    SELECT FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id WHERE m.run_id = target.id AND s.state <> 'cancelled')
  THEN
    RETURN 'conflict';
  END IF;
  DELETE FROM result WHERE run_id = target.id;
  UPDATE run SET state = 'queued', ended_at = NULL, cancel_requested = false, prune_requested = false, boost = 1,
    n_infra = 0, n_crash = 0, n_oom = 0, n_hang = 0, n_noprogress = 0, n_untaken = 0,
    restart_epoch = CASE WHEN p_fresh THEN epoch ELSE restart_epoch END,
    images_seen = CASE WHEN p_fresh THEN 0 ELSE images_seen END,
    rung_images = CASE WHEN p_fresh THEN 0 ELSE rung_images END
  WHERE id = target.id;
  UPDATE sweep s SET state = CASE WHEN s.next_index < s.run_count THEN 'expanding' ELSE 'active' END, ended_at = NULL
  FROM sweep_run m WHERE m.sweep_id = s.id AND m.run_id = target.id AND s.state = 'done';
  PERFORM run_refresh_hold(ARRAY[target.id]);
  RETURN 'ok';
END $$;

-- A checkpoint whose bytes were damaged is passed over, and what was set down there has to come there again.
CREATE OR REPLACE FUNCTION attempt_starts(p_ids bigint[], p_epochs int[], p_starts jsonb) RETURNS void LANGUAGE sql AS $$
  UPDATE attempt a SET backend_name = s ->> 'backend', backend_version = s ->> 'version', backend_device = s ->> 'device',
    resume_images = least(a.resume_images, (s ->> 'resumedAtImages')::bigint)
  FROM jsonb_array_elements(p_starts) AS s
  WHERE s ? 'backend' AND a.run_id = p_ids[(s ->> 'run')::int] AND a.epoch = p_epochs[(s ->> 'run')::int];
  UPDATE run r SET images_seen = (s ->> 'resumedAtImages')::bigint,
    rung_images = least(r.rung_images, (s ->> 'resumedAtImages')::bigint)
  FROM jsonb_array_elements(p_starts) AS s
  WHERE s ? 'backend' AND r.id = p_ids[(s ->> 'run')::int] AND r.images_seen > (s ->> 'resumedAtImages')::bigint
    AND NOT EXISTS (SELECT FROM metric m WHERE m.run_id = r.id AND m.epoch = r.epoch);
  UPDATE attempt a SET peak_memory_mib = greatest(a.peak_memory_mib, (s ->> 'peakMemoryMib')::float8)
  FROM jsonb_array_elements(p_starts) AS s
  WHERE s ? 'peakMemoryMib' AND a.run_id = p_ids[(s ->> 'run')::int] AND a.epoch = p_epochs[(s ->> 'run')::int]
$$;

-- Open members of an active sweep, locked in id order; the sweep's lock is held from here to the end of the transaction.
CREATE FUNCTION sweep_open_members(p_sweep uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  target bigint;
BEGIN
  PERFORM sweep_lock();
  SELECT id INTO target FROM sweep WHERE uid = p_sweep AND state IN ('expanding', 'active');
  PERFORM FROM run r JOIN sweep_run m ON m.run_id = r.id WHERE m.sweep_id = target AND r.ended_at IS NULL
  ORDER BY r.id FOR NO KEY UPDATE OF r;
  RETURN target;
END $$;

-- Wants trials further: up to p_until, NULL to their end. Never less far than before, so that whoever repeats an older
-- decision changes nothing. p_audit: they lost, and are trained all the same. Returns how many runs it concerned.
CREATE FUNCTION sweep_promote(p_sweep uuid, p_trial text[], p_until bigint[], p_audit boolean) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  target bigint := sweep_open_members(p_sweep);
  moved bigint[];
BEGIN
  WITH wanted AS (
    UPDATE sweep_run m SET until_images = p.until, audited = m.audited OR p_audit
    FROM unnest(p_trial, p_until) AS p (trial, until), run r
    WHERE m.sweep_id = target AND r.id = m.run_id AND r.trial_id = p.trial AND NOT m.stopped AND m.until_images < coalesce(p.until, 'infinity'::float8)
    RETURNING m.run_id
  )
  SELECT coalesce(array_agg(w.run_id), '{}') INTO moved FROM wanted w;
  PERFORM run_refresh_hold(moved);
  RETURN cardinality(moved);
END $$;

-- The sweep is over but for its runs that wait at rungs: it is through with them. Those that no other sweep wants, or may want
-- once it is resumed, end as pruned with the scores they have. Returns how many it stopped; 0 while anything is under way.
CREATE FUNCTION sweep_stop(p_sweep uuid) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  target bigint := sweep_open_members(p_sweep);
  count_stopped int;
BEGIN
  PERFORM FROM sweep s WHERE s.id = target AND (s.next_index < s.run_count OR s.growing OR EXISTS (
    SELECT FROM sweep_run m JOIN run r ON r.id = m.run_id WHERE m.sweep_id = s.id AND r.ended_at IS NULL AND NOT m.stopped
      AND (m.until_images IS NULL OR r.images_seen < m.until_images OR (r.rung_images < m.until_images AND r.state <> 'running'))));
  IF FOUND OR target IS NULL THEN
    RETURN 0;
  END IF;
  WITH done AS (
    UPDATE sweep_run m SET stopped = true FROM run r
    WHERE m.sweep_id = target AND r.id = m.run_id AND r.ended_at IS NULL AND NOT m.stopped RETURNING m.run_id
  )
  SELECT count(*) INTO count_stopped FROM done;
  PERFORM run_prune_stopped();
  RETURN count_stopped;
END $$;

-- Ends runs that a sweep stopped and that no other one is going to want.
CREATE FUNCTION run_prune_stopped() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  unwanted bigint;
  pruned int := 0;
BEGIN
  FOR unwanted IN
    SELECT r.id FROM run r WHERE r.id IN (SELECT m.run_id FROM sweep_run m WHERE m.stopped) AND r.state IN ('queued', 'retry-wait')
      AND NOT EXISTS (
        SELECT FROM sweep_run o JOIN sweep s ON s.id = o.sweep_id
        WHERE o.run_id = r.id AND NOT o.stopped AND s.state IN ('expanding', 'active', 'paused'))
    ORDER BY r.id FOR NO KEY UPDATE
  LOOP
    PERFORM run_end(unwanted, 'pruned', NULL, NULL, NULL, NULL, false);
    pruned := pruned + 1;
  END LOOP;
  RETURN pruned;
END $$;

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
      SELECT FROM sweep_run m JOIN run r ON r.id = m.run_id WHERE m.sweep_id = s.id AND r.ended_at IS NULL AND NOT m.stopped)
  LOOP
    UPDATE sweep SET state = 'done', ended_at = clock_timestamp() WHERE id = finished;
    closed := closed + 1;
  END LOOP;
  -- Events are for those who listen; a day is more than anybody reconnects after.
  DELETE FROM event e WHERE e.at < clock_timestamp() - interval '1 day' AND e.id IN (SELECT o.id FROM event o ORDER BY o.id LIMIT 5000);
  RETURN closed;
END $$;

CREATE OR REPLACE FUNCTION audit(p_since interval) RETURNS TABLE (invariant text, violations bigint) LANGUAGE sql STABLE AS $$
  WITH recent AS (SELECT * FROM run WHERE ended_at IS NULL OR ended_at > clock_timestamp() - p_since),
  found (invariant, violations) AS (
    SELECT 'I1 one running attempt a run', count(*) FROM recent r
      WHERE (r.state = 'running') IS DISTINCT FROM EXISTS (
        SELECT FROM attempt a WHERE a.run_id = r.id AND a.ended_at IS NULL AND a.epoch = r.epoch AND a.worker_id = r.worker_id)
    UNION ALL SELECT 'I2 epochs only grow', count(*) FROM recent r
      WHERE EXISTS (SELECT FROM attempt a WHERE a.run_id = r.id AND a.epoch > r.epoch)
    UNION ALL SELECT 'I3 nothing written after its attempt', (
        SELECT count(*) FROM recent r JOIN metric m ON m.run_id = r.id LEFT JOIN attempt a ON a.run_id = m.run_id AND a.epoch = m.epoch
        WHERE a.run_id IS NULL OR m.recorded_at > a.ended_at OR m.recorded_at < a.started_at
      ) + (
        SELECT count(*) FROM recent r JOIN checkpoint c ON c.run_id = r.id LEFT JOIN attempt a ON a.run_id = c.run_id AND a.epoch = c.epoch
        WHERE a.run_id IS NULL OR c.created_at > a.ended_at
      ) + (
        SELECT count(*) FROM recent r JOIN evaluation e ON e.run_id = r.id LEFT JOIN attempt a ON a.run_id = e.run_id AND a.epoch = e.epoch
        WHERE a.run_id IS NULL OR e.created_at > a.ended_at
      )
    UNION ALL SELECT 'I4 one result for every ended run', count(*) FROM recent r LEFT JOIN result d ON d.run_id = r.id
      WHERE (r.ended_at IS NULL) <> (d.run_id IS NULL) OR d.epoch <> r.epoch OR d.kind <> r.state
    UNION ALL SELECT 'I5 one canonical value a point', count(*) FROM (
        SELECT FROM recent r JOIN canonical_metric m ON m.run_id = r.id GROUP BY m.run_id, m.name_id, m.images_seen HAVING count(*) > 1) x
    UNION ALL SELECT 'I7 every index of a sweep has its run', count(*) FROM (
        SELECT FROM sweep s LEFT JOIN sweep_run m ON m.sweep_id = s.id
        WHERE s.ended_at IS NULL OR s.ended_at > clock_timestamp() - p_since
        GROUP BY s.id HAVING count(m.idx) <> s.next_index OR coalesce(max(m.idx) + 1, 0) <> s.next_index
          OR (s.state IN ('active', 'done') AND s.next_index <> s.run_count)) x
    UNION ALL SELECT 'I10 every open run is reachable', count(*) FROM recent r WHERE
        r.state = 'retry-wait' AND r.not_before > clock_timestamp() + interval '1 hour'
        OR r.state = 'running' AND r.lease_until < clock_timestamp() - interval '60 seconds'
        OR r.ended_at IS NULL AND r.held <> EXISTS (
          SELECT FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id WHERE m.run_id = r.id AND s.state IN ('expanding', 'active')
            AND NOT m.stopped AND (m.until_images IS NULL OR m.until_images > r.rung_images))
    UNION ALL SELECT 'I11 a run that waits at a rung has its checkpoint and its scores', count(*) FROM recent r
      WHERE r.ended_at IS NULL AND r.rung_images > 0 AND (
        r.rung_images > run_checkpoint_at(r.id, r.restart_epoch)
        OR NOT EXISTS (SELECT FROM canonical_evaluation e WHERE e.run_id = r.id AND e.images_seen <= r.rung_images))
    UNION ALL SELECT 'I12 a sweep that is done has ended or stopped all its runs', count(*) FROM sweep s
      JOIN sweep_run m ON m.sweep_id = s.id JOIN run r ON r.id = m.run_id
      WHERE s.state = 'done' AND s.ended_at > clock_timestamp() - p_since AND r.ended_at IS NULL AND NOT m.stopped
  )
  SELECT f.invariant, f.violations FROM found f WHERE f.violations > 0
$$;
