-- The run protocol: what may change, and the functions that change it.
--
-- Every write of a worker is one function call that locks the run's row while it checks (id, epoch, 'running'), so a
-- takeover waits for the write or the write touches nothing. Functions are VOLATILE: each inner statement sees a fresh
-- snapshot after a lock was waited for. Rows are locked in id order wherever more than one is. Leases are compared with
-- clock_timestamp() of this server and with nothing else.

-- Checks ---------------------------------------------------------------------------------------------------------------

ALTER TABLE sweep
  ADD CONSTRAINT sweep_state_known CHECK (state IN ('expanding', 'active', 'paused', 'done', 'cancelled')),
  ADD CONSTRAINT sweep_next_index_in_range CHECK (next_index BETWEEN 0 AND run_count);

ALTER TABLE run
  ADD CONSTRAINT run_state_known CHECK (state IN
    ('queued', 'running', 'retry-wait', 'succeeded', 'diverged', 'pruned', 'failed', 'cancelled', 'quarantined')),
  ADD CONSTRAINT run_running_has_worker CHECK ((state = 'running') = (worker_id IS NOT NULL)),
  ADD CONSTRAINT run_running_has_lease CHECK ((state = 'running') = (lease_until IS NOT NULL)),
  ADD CONSTRAINT run_running_has_lease_length CHECK ((state = 'running') = (lease_ms IS NOT NULL)),
  ADD CONSTRAINT run_waiting_has_time CHECK ((state = 'retry-wait') = (not_before IS NOT NULL)),
  ADD CONSTRAINT run_ended_has_time CHECK ((state IN ('queued', 'running', 'retry-wait')) = (ended_at IS NULL)),
  ADD CONSTRAINT run_images_not_negative CHECK (images_seen >= 0);

ALTER TABLE attempt
  ADD CONSTRAINT attempt_end_known CHECK (ended_as IN ('finished', 'released', 'failed', 'lease-expired', 'worker-lost')),
  ADD CONSTRAINT attempt_failure_known CHECK
    (failure_kind IN ('infra', 'oom', 'crash', 'user', 'hang', 'worker-local', 'poison')),
  ADD CONSTRAINT attempt_end_complete CHECK ((ended_at IS NULL) = (ended_as IS NULL));

ALTER TABLE metric
  ADD CONSTRAINT metric_value_finite CHECK (value > '-Infinity' AND value < 'Infinity'),
  ADD CONSTRAINT metric_images_not_negative CHECK (images_seen >= 0);

ALTER TABLE score ADD CONSTRAINT score_value_finite CHECK (value > '-Infinity' AND value < 'Infinity');

ALTER TABLE checkpoint
  ADD CONSTRAINT checkpoint_kind_known CHECK (kind IN ('full', 'generator')),
  ADD CONSTRAINT checkpoint_sha256_form CHECK (sha256 ~ '^[0-9a-f]{64}$');

ALTER TABLE result ADD CONSTRAINT result_kind_known CHECK
  (kind IN ('succeeded', 'diverged', 'pruned', 'failed', 'cancelled', 'quarantined'));

ALTER TABLE worker ADD CONSTRAINT worker_state_known CHECK (state IN ('active', 'draining', 'cordoned', 'lost'));

ALTER TABLE event ADD CONSTRAINT event_type_known CHECK (type IN ('sweep', 'run', 'worker'));

-- Indexes --------------------------------------------------------------------------------------------------------------

CREATE INDEX run_claimable ON run (priority DESC, id) WHERE state = 'queued' AND held;
-- On id, not on lease_until: an index over a column that each report writes would end in-place updates.
CREATE INDEX run_running ON run (id) WHERE state = 'running';
CREATE INDEX run_waiting ON run (not_before) WHERE state = 'retry-wait';
CREATE UNIQUE INDEX attempt_open ON attempt (run_id) WHERE ended_at IS NULL;
CREATE INDEX result_failures ON result (run_id) WHERE kind IN ('failed', 'quarantined');
CREATE INDEX sweep_open ON sweep (id) WHERE state IN ('expanding', 'active', 'paused');

-- Names of curves ------------------------------------------------------------------------------------------------------

INSERT INTO metric_name (id, name) VALUES
  (1, 'lossD'), (2, 'lossG'), (3, 'lossE'), (4, 'dReal'), (5, 'dFake'), (6, 'accReal'), (7, 'accFake'),
  (8, 'gradNormD'), (9, 'gradNormG'), (10, 'updateRatioD'), (11, 'updateRatioG'), (12, 'imagesPerSecond'),
  (13, 'adaP'), (14, 'r1'), (15, 'pathLength'), (16, 'memoryBytes');

-- Canonical record -----------------------------------------------------------------------------------------------------

-- A point counts unless a later attempt of its run resumed from before it. Attempts from scratch have resume_images 0
-- and supersede everything before them, what was recorded at 0 included.
CREATE VIEW canonical_metric AS
  SELECT m.run_id, m.name_id, m.images_seen, m.epoch, m.value, m.recorded_at
  FROM metric m
  WHERE NOT EXISTS (
    SELECT FROM attempt a
    WHERE a.run_id = m.run_id AND a.epoch > m.epoch AND (a.resume_images < m.images_seen OR a.resume_images = 0));

-- The same rule; what an attempt repeats at the very checkpoint it resumed from replaces the earlier row.
CREATE VIEW canonical_evaluation AS
  SELECT DISTINCT ON (e.run_id, e.images_seen, e.protocol) e.*
  FROM evaluation e
  WHERE NOT EXISTS (
    SELECT FROM attempt a
    WHERE a.run_id = e.run_id AND a.epoch > e.epoch AND (a.resume_images < e.images_seen OR a.resume_images = 0))
  ORDER BY e.run_id, e.images_seen, e.protocol, e.epoch DESC;

CREATE VIEW canonical_sample AS
  SELECT DISTINCT ON (s.run_id, s.images_seen) s.*
  FROM sample s
  WHERE NOT EXISTS (
    SELECT FROM attempt a
    WHERE a.run_id = s.run_id AND a.epoch > s.epoch AND (a.resume_images < s.images_seen OR a.resume_images = 0))
  ORDER BY s.run_id, s.images_seen, s.epoch DESC;

CREATE VIEW canonical_checkpoint AS
  SELECT DISTINCT ON (c.run_id, c.kind, c.images_seen) c.*
  FROM checkpoint c
  WHERE NOT EXISTS (
    SELECT FROM attempt a
    WHERE a.run_id = c.run_id AND a.epoch > c.epoch AND (a.resume_images < c.images_seen OR a.resume_images = 0))
  ORDER BY c.run_id, c.kind, c.images_seen, c.epoch DESC;

-- Guards and announcements ---------------------------------------------------------------------------------------------

-- The table of `transition` in packages/domain, and two ways out of the queue that no worker asks for: pruned, and
-- quarantined by a claim that failed.
CREATE FUNCTION run_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.epoch < OLD.epoch THEN
    RAISE EXCEPTION 'run %: the epoch may not fall from % to %', OLD.uid, OLD.epoch, NEW.epoch;
  END IF;
  IF NEW.state = OLD.state THEN
    IF OLD.ended_at IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
      RAISE EXCEPTION 'run %: % is final and may not change', OLD.uid, OLD.state;
    END IF;
    IF NEW.epoch <> OLD.epoch THEN
      RAISE EXCEPTION 'run %: the epoch changes only with the state', OLD.uid;
    END IF;
    RETURN NEW;
  END IF;
  IF NOT (CASE OLD.state
    WHEN 'queued' THEN NEW.state IN ('running', 'cancelled', 'pruned', 'quarantined')
    WHEN 'running' THEN true
    WHEN 'retry-wait' THEN NEW.state IN ('queued', 'cancelled', 'pruned')
    WHEN 'failed' THEN NEW.state = 'queued'
    WHEN 'quarantined' THEN NEW.state = 'queued'
    WHEN 'cancelled' THEN NEW.state = 'queued'
    ELSE false
  END) THEN
    RAISE EXCEPTION 'run %: % may not become %', OLD.uid, OLD.state, NEW.state;
  END IF;
  IF NEW.state = 'running' AND NEW.epoch <> OLD.epoch + 1 THEN
    RAISE EXCEPTION 'run %: a claim raises the epoch by one, not from % to %', OLD.uid, OLD.epoch, NEW.epoch;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER run_guard BEFORE UPDATE ON run FOR EACH ROW
  WHEN (OLD.state <> NEW.state OR OLD.epoch <> NEW.epoch OR OLD.ended_at IS NOT NULL)
  EXECUTE FUNCTION run_guard();

-- Append-only for readers who resume by (txid, id); the empty payload of NOTIFY is one message per transaction.
CREATE FUNCTION announce(p_type text, p_payload jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO event (type, payload) VALUES (p_type, p_payload);
  PERFORM pg_notify('gansweep_events', '');
END $$;

CREATE FUNCTION announce_run(p_run run) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM announce('run', jsonb_build_object(
    'id', p_run.uid, 'trialId', p_run.trial_id, 'state', p_run.state, 'epoch', p_run.epoch, 'imagesSeen', p_run.images_seen,
    'sweeps', (SELECT coalesce(jsonb_agg(s.uid), '[]') FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id WHERE m.run_id = p_run.id)));
END $$;

CREATE FUNCTION run_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM announce_run(NEW);
  RETURN NULL;
END $$;

-- What a sweep's cancellation does to a hundred thousand runs is announced by that sweep's own event.
CREATE TRIGGER run_changed AFTER UPDATE ON run FOR EACH ROW
  WHEN (OLD.state <> NEW.state AND coalesce(current_setting('gansweep.bulk', true), '') <> 'on')
  EXECUTE FUNCTION run_changed();

CREATE FUNCTION sweep_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM announce('sweep', jsonb_build_object(
    'id', NEW.uid, 'name', NEW.name, 'state', NEW.state, 'runCount', NEW.run_count, 'nextIndex', NEW.next_index));
  RETURN NULL;
END $$;

CREATE TRIGGER sweep_changed AFTER INSERT OR UPDATE OF state, next_index ON sweep FOR EACH ROW EXECUTE FUNCTION sweep_changed();

CREATE FUNCTION worker_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM announce('worker', jsonb_build_object(
    'id', NEW.uid, 'host', NEW.host, 'state', CASE WHEN NEW.ended_at IS NULL THEN NEW.state ELSE 'gone' END));
  RETURN NULL;
END $$;

CREATE TRIGGER worker_added AFTER INSERT ON worker FOR EACH ROW EXECUTE FUNCTION worker_changed();
CREATE TRIGGER worker_changed AFTER UPDATE ON worker FOR EACH ROW
  WHEN (OLD.state <> NEW.state OR (OLD.ended_at IS NULL) <> (NEW.ended_at IS NULL)) EXECUTE FUNCTION worker_changed();

-- Parts of the operations; callers hold the lock of the run's row ---------------------------------------------------------

-- Ends a run for good. `p_bump` raises the epoch where no worker agreed to the end.
CREATE FUNCTION run_end(
  p_run bigint, p_kind text, p_ended_by text, p_bad_tensor text, p_failure_kind text, p_failure_message text, p_bump boolean
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  ended run;
BEGIN
  UPDATE run SET state = p_kind, epoch = epoch + p_bump::int, worker_id = NULL, slot = NULL, lease_until = NULL,
    lease_ms = NULL, not_before = NULL, ended_at = clock_timestamp()
  WHERE id = p_run RETURNING * INTO STRICT ended;
  INSERT INTO result (run_id, epoch, kind, images_seen, ended_by, first_bad_tensor, failure_kind, failure_message, created_at)
  VALUES (p_run, ended.epoch, p_kind, ended.images_seen, p_ended_by, p_bad_tensor, p_failure_kind, p_failure_message, ended.ended_at);
END $$;

CREATE FUNCTION attempt_end(
  p_run run, p_as text, p_seconds float8,
  p_failure_kind text DEFAULT NULL, p_failure_message text DEFAULT NULL, p_exit_code int DEFAULT NULL, p_signal text DEFAULT NULL
) RETURNS void LANGUAGE sql AS $$
  UPDATE attempt SET ended_at = clock_timestamp(), ended_as = p_as, images_seen = p_run.images_seen, seconds = p_seconds,
    failure_kind = p_failure_kind, failure_message = p_failure_message, exit_code = p_exit_code, signal = p_signal
  WHERE run_id = p_run.id AND epoch = p_run.epoch
$$;

-- Writes what attempts observed. Arrays of points run in parallel; `p_point_run` and `run` in the documents are
-- positions (from 1) in p_ids, where NULL is a fenced run. Points at or before the checkpoint that an attempt resumed
-- from belong to an earlier attempt already.
CREATE FUNCTION attempt_record(
  p_ids bigint[], p_epochs int[], p_resumes bigint[],
  p_point_run int[], p_point_name text[], p_point_images bigint[], p_point_value float8[],
  p_evaluations jsonb, p_samples jsonb
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  item jsonb;
  run_at int;
  new_id bigint;
BEGIN
  INSERT INTO metric (run_id, epoch, name_id, images_seen, value, recorded_at)
  SELECT p_ids[p.run_at], p_epochs[p.run_at], n.id, p.images,
    CASE WHEN p.value > '-Infinity' AND p.value < 'Infinity' THEN p.value END, clock_timestamp()
  FROM unnest(p_point_run, p_point_name, p_point_images, p_point_value) AS p (run_at, name, images, value)
  LEFT JOIN metric_name n ON n.name = p.name
  WHERE p_ids[p.run_at] IS NOT NULL AND (p_resumes[p.run_at] = 0 OR p.images > p_resumes[p.run_at])
  ON CONFLICT DO NOTHING;

  FOR item IN SELECT * FROM jsonb_array_elements(p_evaluations) LOOP
    run_at := (item ->> 'run')::int;
    CONTINUE WHEN p_ids[run_at] IS NULL;
    INSERT INTO evaluation (run_id, epoch, images_seen, protocol, passport, seconds, created_at)
    VALUES (p_ids[run_at], p_epochs[run_at], (item ->> 'imagesSeen')::bigint, item ->> 'protocol', item -> 'passport',
      (item ->> 'seconds')::float8, clock_timestamp())
    ON CONFLICT DO NOTHING RETURNING id INTO new_id;
    CONTINUE WHEN new_id IS NULL;
    INSERT INTO score (evaluation_id, name, value)
    SELECT new_id, s.key, (s.value #>> '{}')::float8 FROM jsonb_each(item -> 'scores') AS s;
  END LOOP;

  INSERT INTO sample (run_id, epoch, images_seen, artifact, created_at)
  SELECT p_ids[(s ->> 'run')::int], p_epochs[(s ->> 'run')::int], (s ->> 'imagesSeen')::bigint, s ->> 'artifact', clock_timestamp()
  FROM jsonb_array_elements(p_samples) AS s WHERE p_ids[(s ->> 'run')::int] IS NOT NULL
  ON CONFLICT DO NOTHING;
END $$;

-- Whether an active sweep holds each run, and at which priority. Paused and cancelled sweeps keep their members
-- without holding them.
CREATE FUNCTION run_refresh_hold(p_ids bigint[]) RETURNS void LANGUAGE sql AS $$
  UPDATE run r SET held = h.held, priority = h.priority + r.boost
  FROM (
    SELECT m.run_id, bool_or(s.state IN ('expanding', 'active')) AS held,
      coalesce(max(s.priority) FILTER (WHERE s.state IN ('expanding', 'active')), 0) AS priority
    FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id
    WHERE m.run_id = ANY (p_ids) GROUP BY m.run_id
  ) h
  WHERE r.id = h.run_id AND r.ended_at IS NULL AND (r.held, r.priority) IS DISTINCT FROM (h.held, h.priority + r.boost)
$$;

-- Operations of a worker -------------------------------------------------------------------------------------------------

-- Opens the next attempt of up to p_limit runs, best first. A run that cannot be claimed is quarantined: as the head of
-- the queue it would stop everybody.
CREATE FUNCTION run_claim(p_worker uuid, p_slot int, p_limit int, p_lease_ms int)
RETURNS TABLE (
  run_uid uuid, run_epoch int, trial text, configuration jsonb, run_seed bigint, dataset_hash text, version int,
  plans jsonb, minutes float8, seconds_used float8, checkpoints jsonb
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  claimant worker;
  picked run;
  claimed bigint[] := '{}';
  resume bigint;
BEGIN
  SELECT * INTO claimant FROM worker w WHERE w.uid = p_worker;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'worker % has not announced itself', p_worker;
  END IF;
  IF claimant.ended_at IS NOT NULL OR claimant.state <> 'active' OR claimant.cordoned_until > clock_timestamp() THEN
    RETURN;
  END IF;
  FOR picked IN
    SELECT * FROM run r WHERE r.state = 'queued' AND r.held
    ORDER BY r.priority DESC, r.id LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
  LOOP
    BEGIN
      SELECT coalesce(max(c.images_seen), 0) INTO resume FROM canonical_checkpoint c
      WHERE c.run_id = picked.id AND c.kind = 'full' AND c.epoch > picked.restart_epoch;
      UPDATE run r SET state = 'running', epoch = r.epoch + 1, worker_id = claimant.id, slot = p_slot, lease_ms = p_lease_ms,
        lease_until = clock_timestamp() + p_lease_ms * interval '1 millisecond', images_seen = resume
      WHERE r.id = picked.id;
      INSERT INTO attempt (run_id, epoch, worker_id, slot, resume_images, started_at)
      VALUES (picked.id, picked.epoch + 1, claimant.id, p_slot, resume, clock_timestamp());
      claimed := claimed || picked.id;
    EXCEPTION WHEN integrity_constraint_violation OR data_exception OR raise_exception THEN
      PERFORM run_end(picked.id, 'quarantined', NULL, NULL, 'poison', 'The run could not be claimed: ' || SQLERRM, false);
    END;
  END LOOP;
  RETURN QUERY
    SELECT r.uid, r.epoch, r.trial_id, t.configuration, r.seed, r.data_hash, r.training_version,
      (SELECT coalesce(jsonb_agg(s.plan ORDER BY s.id), '[]') FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id
       WHERE m.run_id = r.id AND s.state IN ('expanding', 'active')),
      r.run_minutes,
      (SELECT coalesce(sum(a.seconds), 0) FROM attempt a WHERE a.run_id = r.id AND a.epoch > r.restart_epoch),
      (SELECT coalesce(jsonb_agg(jsonb_build_object('imagesSeen', c.images_seen, 'kind', c.kind, 'artifact', c.artifact,
        'sha256', c.sha256, 'bytes', c.bytes) ORDER BY c.images_seen DESC), '[]') FROM canonical_checkpoint c
       WHERE c.run_id = r.id AND c.kind = 'full' AND c.epoch > r.restart_epoch AND c.images_seen > 0)
    FROM run r JOIN trial t ON t.id = r.trial_id
    WHERE r.id = ANY (claimed) ORDER BY r.priority DESC, r.id;
END $$;

-- The lock that every later operation takes first; NULL when the attempt was fenced.
CREATE FUNCTION run_lock(p_uid uuid, p_epoch int) RETURNS run LANGUAGE sql AS $$
  SELECT * FROM run WHERE uid = p_uid AND epoch = p_epoch AND state = 'running' FOR NO KEY UPDATE
$$;

CREATE FUNCTION run_started(p_uid uuid, p_epoch int, p_backend text, p_version text, p_device text, p_resumed_at bigint)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  mine run := run_lock(p_uid, p_epoch);
BEGIN
  IF mine.id IS NULL THEN
    RETURN 'fenced';
  END IF;
  -- Only ever earlier than planned: a checkpoint whose bytes were damaged is passed over.
  UPDATE attempt SET backend_name = p_backend, backend_version = p_version, backend_device = p_device,
    resume_images = least(resume_images, p_resumed_at)
  WHERE run_id = mine.id AND epoch = mine.epoch;
  UPDATE run SET images_seen = p_resumed_at WHERE id = mine.id AND images_seen > p_resumed_at
    AND NOT EXISTS (SELECT FROM metric m WHERE m.run_id = mine.id AND m.epoch = mine.epoch);
  RETURN 'recorded';
END $$;

-- One call for all runs of a worker: fence, heartbeat and write. A run that is missing from the answer is fenced.
CREATE FUNCTION run_report(
  p_lease_ms int, p_uids uuid[], p_epochs int[], p_images bigint[],
  p_point_run int[], p_point_name text[], p_point_images bigint[], p_point_value float8[],
  p_evaluations jsonb, p_samples jsonb
) RETURNS TABLE (run_at int, request text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  ids bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(p_uids)]);
  resumes bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(p_uids)]);
  mine record;
  seen run;
BEGIN
  FOR mine IN
    SELECT r.id, k.at::int AS at FROM unnest(p_uids, p_epochs) WITH ORDINALITY AS k (uid, epoch, at)
    JOIN run r ON r.uid = k.uid AND r.epoch = k.epoch AND r.state = 'running'
    ORDER BY r.id FOR NO KEY UPDATE OF r
  LOOP
    UPDATE run SET lease_until = clock_timestamp() + p_lease_ms * interval '1 millisecond', lease_ms = p_lease_ms,
      images_seen = greatest(images_seen, p_images[mine.at])
    WHERE id = mine.id;
    ids[mine.at] := mine.id;
    resumes[mine.at] := (SELECT a.resume_images FROM attempt a WHERE a.run_id = mine.id AND a.epoch = p_epochs[mine.at]);
  END LOOP;
  PERFORM attempt_record(ids, p_epochs, resumes, p_point_run, p_point_name, p_point_images, p_point_value, p_evaluations, p_samples);
  FOR seen IN
    SELECT r.* FROM run r WHERE r.id IN (
      SELECT ids[(d ->> 'run')::int] FROM jsonb_array_elements(p_evaluations || p_samples) AS d)
  LOOP
    PERFORM announce_run(seen);
  END LOOP;
  RETURN QUERY
    SELECT k.at::int,
      CASE WHEN r.cancel_requested THEN 'cancel' WHEN r.prune_requested THEN 'prune' WHEN NOT r.held THEN 'release' ELSE 'continue' END
    FROM unnest(ids) WITH ORDINALITY AS k (id, at) JOIN run r ON r.id = k.id ORDER BY k.at;
END $$;

CREATE FUNCTION run_checkpoint(p_uid uuid, p_epoch int, p_kind text, p_images bigint, p_artifact text, p_sha256 text, p_bytes bigint)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  mine run := run_lock(p_uid, p_epoch);
BEGIN
  IF mine.id IS NULL THEN
    RETURN 'fenced';
  END IF;
  INSERT INTO checkpoint (run_id, epoch, images_seen, kind, artifact, sha256, bytes, created_at)
  VALUES (mine.id, mine.epoch, p_images, p_kind, p_artifact, p_sha256, p_bytes, clock_timestamp())
  ON CONFLICT DO NOTHING;
  RETURN 'recorded';
END $$;

-- Forgets full checkpoints but the last two and the one taken at the best evaluation (the default score of the data
-- set, lowest), and returns the artefacts that nobody needs any more. The row goes first: a file without a row is
-- waste, a row without a file would cost a resume.
CREATE FUNCTION checkpoint_prune(p_uid uuid, p_epoch int) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  mine run := run_lock(p_uid, p_epoch);
BEGIN
  IF mine.id IS NULL THEN
    RETURN;
  END IF;
  RETURN QUERY
    WITH kept AS (
      (SELECT c.id FROM canonical_checkpoint c WHERE c.run_id = mine.id AND c.kind = 'full' ORDER BY c.images_seen DESC LIMIT 2)
      UNION
      (SELECT c.id FROM canonical_checkpoint c
       JOIN canonical_evaluation e ON e.run_id = c.run_id AND e.images_seen = c.images_seen
       JOIN score s ON s.evaluation_id = e.id AND s.name IN ('js', 'kid-lenet') AND s.value IS NOT NULL
       WHERE c.run_id = mine.id AND c.kind = 'full' ORDER BY s.value, c.images_seen DESC LIMIT 1)
    )
    DELETE FROM checkpoint c WHERE c.run_id = mine.id AND c.kind = 'full' AND c.id NOT IN (SELECT k.id FROM kept k)
    RETURNING c.artifact;
END $$;

-- Ends a run for good, with its last observations, in one transaction. Repeated after an unknown commit it finds its own
-- result.
CREATE FUNCTION run_finish(
  p_uid uuid, p_epoch int, p_kind text, p_images bigint, p_ended_by text, p_bad_tensor text,
  p_failure_kind text, p_failure_message text, p_seconds float8,
  p_point_run int[], p_point_name text[], p_point_images bigint[], p_point_value float8[], p_evaluations jsonb, p_samples jsonb
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  mine run := run_lock(p_uid, p_epoch);
  resume bigint;
BEGIN
  IF mine.id IS NULL THEN
    PERFORM FROM run r JOIN result d ON d.run_id = r.id
    WHERE r.uid = p_uid AND r.state = p_kind AND d.epoch = p_epoch AND d.kind = p_kind;
    RETURN CASE WHEN FOUND THEN 'recorded' ELSE 'fenced' END;
  END IF;
  SELECT a.resume_images INTO STRICT resume FROM attempt a WHERE a.run_id = mine.id AND a.epoch = mine.epoch;
  PERFORM attempt_record(ARRAY[mine.id], ARRAY[mine.epoch], ARRAY[resume],
    p_point_run, p_point_name, p_point_images, p_point_value, p_evaluations, p_samples);
  UPDATE run SET images_seen = greatest(images_seen, p_images) WHERE id = mine.id RETURNING * INTO mine;
  PERFORM attempt_end(mine, 'finished', p_seconds, p_failure_kind, p_failure_message);
  PERFORM run_end(mine.id, p_kind, p_ended_by, p_bad_tensor, p_failure_kind, p_failure_message, false);
  RETURN 'recorded';
END $$;

-- Back to the queue, no budget burnt. A cancelled run is not worth another attempt.
CREATE FUNCTION run_release(p_uid uuid, p_epoch int, p_seconds float8)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  mine run := run_lock(p_uid, p_epoch);
BEGIN
  IF mine.id IS NULL THEN
    RETURN 'fenced';
  END IF;
  PERFORM attempt_end(mine, 'released', p_seconds);
  IF mine.cancel_requested THEN
    PERFORM run_end(mine.id, 'cancelled', NULL, NULL, NULL, NULL, false);
  ELSIF mine.prune_requested THEN
    PERFORM run_end(mine.id, 'pruned', NULL, NULL, NULL, NULL, false);
  ELSE
    UPDATE run SET state = 'queued', worker_id = NULL, slot = NULL, lease_until = NULL, lease_ms = NULL,
      boost = 1, priority = priority + 1 - boost WHERE id = mine.id;
  END IF;
  RETURN 'recorded';
END $$;

-- Waits before a retry: 1 s, 2 s, 4 s … at most 5 min, a quarter more or less so that runs do not come back in step.
CREATE FUNCTION retry_delay(p_nth int) RETURNS interval LANGUAGE sql AS $$
  SELECT least(300, power(2, least(p_nth, 10) - 1)) * (0.75 + random() / 2) * interval '1 second'
$$;

-- The retry table. Budgets are per run and kind; three attempts in a row that break without a step of progress are
-- poison whatever the kind; a fault of the worker costs the run nothing and stops that worker from claiming.
CREATE FUNCTION run_fail(p_uid uuid, p_epoch int, p_kind text, p_message text, p_exit_code int, p_signal text, p_seconds float8)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  mine run := run_lock(p_uid, p_epoch);
  current attempt;
  nth int;
  retries int;
  verdict text;
BEGIN
  IF mine.id IS NULL THEN
    RETURN 'fenced';
  END IF;
  SELECT * INTO STRICT current FROM attempt a WHERE a.run_id = mine.id AND a.epoch = mine.epoch;
  PERFORM attempt_end(mine, 'failed', p_seconds, p_kind, p_message, p_exit_code, p_signal);
  PERFORM worker_breaker(current.worker_id, p_kind, p_message);
  IF mine.cancel_requested OR mine.prune_requested THEN
    verdict := CASE WHEN mine.cancel_requested THEN 'cancelled' ELSE 'pruned' END;
    PERFORM run_end(mine.id, verdict, NULL, NULL, NULL, NULL, false);
    RETURN verdict;
  END IF;
  IF p_kind IN ('crash', 'hang', 'oom') THEN
    mine.n_noprogress := CASE WHEN mine.images_seen > current.resume_images THEN 0 ELSE mine.n_noprogress + 1 END;
  END IF;
  CASE p_kind
    WHEN 'infra' THEN mine.n_infra := mine.n_infra + 1; nth := mine.n_infra; retries := 20;
    WHEN 'oom' THEN mine.n_oom := mine.n_oom + 1; nth := mine.n_oom; retries := 1;
    WHEN 'crash' THEN mine.n_crash := mine.n_crash + 1; nth := mine.n_crash; retries := 2;
    WHEN 'hang' THEN mine.n_hang := mine.n_hang + 1; nth := mine.n_hang; retries := 2;
    WHEN 'worker-local' THEN nth := 1; retries := 1;
    WHEN 'user' THEN nth := 1; retries := 0;
    WHEN 'poison' THEN nth := 1; retries := 0;
  END CASE;
  -- The same crash at the same point is no accident. A kill from outside says nothing about the run.
  IF p_kind = 'crash' AND p_signal IS DISTINCT FROM 'SIGKILL' THEN
    PERFORM FROM attempt a WHERE a.run_id = mine.id AND a.epoch < mine.epoch AND a.epoch > mine.restart_epoch
      AND a.failure_kind = 'crash' AND a.images_seen = mine.images_seen AND a.failure_message = p_message
      AND a.signal IS DISTINCT FROM 'SIGKILL' AND mine.n_crash > 1;
    IF FOUND THEN
      retries := 0;
    END IF;
  END IF;
  UPDATE run SET n_infra = mine.n_infra, n_oom = mine.n_oom, n_crash = mine.n_crash, n_hang = mine.n_hang,
    n_noprogress = mine.n_noprogress WHERE id = mine.id;
  IF p_kind = 'poison' OR mine.n_noprogress >= 3 THEN
    PERFORM run_end(mine.id, 'quarantined', NULL, NULL, 'poison', p_message, false);
    RETURN 'quarantined';
  END IF;
  IF nth > retries THEN
    PERFORM run_end(mine.id, 'failed', NULL, NULL, p_kind, p_message, false);
    RETURN 'failed';
  END IF;
  UPDATE run SET state = 'retry-wait', worker_id = NULL, slot = NULL, lease_until = NULL, lease_ms = NULL,
    not_before = clock_timestamp() + retry_delay(nth), boost = 1, priority = priority + 1 - boost WHERE id = mine.id;
  RETURN 'retry-wait';
END $$;

-- A fault of the worker's own, or three runs in a row that break quickly, keep a worker from claiming for ten minutes: a
-- broken one would burn the whole queue. One run that breaks three times is that run's fault.
CREATE FUNCTION worker_breaker(p_worker bigint, p_kind text, p_message text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  quick int;
BEGIN
  SELECT count(DISTINCT last.run_id) INTO quick FROM (
    SELECT a.run_id, a.failure_kind, a.ended_at - a.started_at AS took FROM attempt a
    WHERE a.worker_id = p_worker AND a.ended_at IS NOT NULL ORDER BY a.started_at DESC LIMIT 3
  ) last WHERE last.failure_kind IN ('crash', 'oom', 'worker-local') AND last.took < interval '30 seconds';
  IF p_kind = 'worker-local' OR quick = 3 THEN
    UPDATE worker SET state = 'cordoned', cordoned_until = clock_timestamp() + interval '10 minutes', cordoned_because = p_message
    WHERE id = p_worker;
  END IF;
END $$;

-- Appends output of a trainer; the newest 5,000 lines of an attempt are kept. Not fenced: an attempt's last words are
-- its own, whoever has the run by then.
CREATE FUNCTION attempt_log_append(p_uid uuid, p_epoch int, p_lines text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  target bigint;
  last int;
BEGIN
  SELECT a.run_id INTO target FROM attempt a JOIN run r ON r.id = a.run_id
  WHERE r.uid = p_uid AND a.epoch = p_epoch FOR NO KEY UPDATE OF a;
  IF target IS NULL THEN
    RETURN;
  END IF;
  SELECT coalesce(max(line_no), 0) INTO last FROM attempt_log WHERE run_id = target AND epoch = p_epoch;
  INSERT INTO attempt_log (run_id, epoch, line_no, at, line)
  SELECT target, p_epoch, last + l.nth, clock_timestamp(), left(l.line, 4000) FROM unnest(p_lines) WITH ORDINALITY AS l (line, nth);
  DELETE FROM attempt_log WHERE run_id = target AND epoch = p_epoch AND line_no <= last + cardinality(p_lines) - 5000;
END $$;

CREATE FUNCTION worker_beat(p_uid uuid, p_host text, p_pid int, p_backend text, p_device text, p_slots int, p_state text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO worker AS w (uid, host, pid, backend, device, slots, state, last_seen)
  VALUES (p_uid, p_host, p_pid, p_backend, p_device, p_slots, p_state, clock_timestamp())
  ON CONFLICT (uid) DO UPDATE SET host = p_host, pid = p_pid, backend = p_backend, device = p_device, slots = p_slots,
    state = CASE WHEN w.cordoned_until > clock_timestamp() THEN 'cordoned' ELSE p_state END,
    last_seen = clock_timestamp(), ended_at = NULL
$$;

CREATE FUNCTION worker_gone(p_uid uuid) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE worker SET ended_at = clock_timestamp() WHERE uid = p_uid AND ended_at IS NULL
$$;

-- The worker's number under which it holds its presence lock: pg_advisory_lock(presence_class(), number).
CREATE FUNCTION presence_class() RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 72707370 $$;

CREATE FUNCTION worker_presence(p_uid uuid) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  number int;
BEGIN
  SELECT id INTO number FROM worker WHERE uid = p_uid;
  IF number IS NULL THEN
    RAISE EXCEPTION 'worker % has not announced itself', p_uid;
  END IF;
  PERFORM pg_advisory_lock(presence_class(), number);
  UPDATE worker SET has_presence = true, presence_free_since = NULL WHERE uid = p_uid;
  RETURN number;
END $$;

-- Housekeeping -----------------------------------------------------------------------------------------------------------

-- Requeues runs whose lease ran out or whose worker died. After a start of the server nothing expires for one lease:
-- an outage is nobody's death.
CREATE FUNCTION run_reap(p_margin_ms int, p_grace_ms int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  margin interval := p_margin_ms * interval '1 millisecond';
  grace interval := p_grace_ms * interval '1 millisecond';
  dead record;
  mine run;
  moved int := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('gansweep reap')) THEN
    RETURN 0;
  END IF;
  UPDATE worker w SET presence_free_since = CASE WHEN p.present THEN NULL ELSE clock_timestamp() END
  FROM (
    SELECT v.id, EXISTS (
      SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.classid = presence_class()::oid AND l.objid = v.id::int::oid
        AND l.objsubid = 2 AND l.granted AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
    ) AS present FROM worker v WHERE v.has_presence AND v.ended_at IS NULL
  ) p
  WHERE w.id = p.id AND p.present = (w.presence_free_since IS NOT NULL);
  UPDATE worker w SET state = 'lost' WHERE w.ended_at IS NULL AND w.state <> 'lost'
    AND pg_postmaster_start_time() + interval '30 seconds' < clock_timestamp()
    AND (w.presence_free_since + grace < clock_timestamp() OR w.last_seen + interval '60 seconds' < clock_timestamp());
  FOR dead IN
    SELECT r.id, r.lease_until + margin < clock_timestamp() AS expired
    FROM run r JOIN worker w ON w.id = r.worker_id
    WHERE r.state = 'running' AND pg_postmaster_start_time() + r.lease_ms * interval '1 millisecond' < clock_timestamp()
      AND (r.lease_until + margin < clock_timestamp() OR w.presence_free_since + grace < clock_timestamp())
    ORDER BY r.id FOR NO KEY UPDATE OF r SKIP LOCKED
  LOOP
    SELECT * INTO STRICT mine FROM run WHERE id = dead.id;
    PERFORM run_expire(mine, CASE WHEN dead.expired THEN 'lease-expired' ELSE 'worker-lost' END);
    moved := moved + 1;
  END LOOP;
  PERFORM run_promote();
  RETURN moved;
END $$;

-- The epoch rises here and again at the next claim; either alone would fence the old owner.
CREATE FUNCTION run_expire(p_run run, p_as text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  resumed_at bigint;
  progressed boolean;
  message text := CASE p_as WHEN 'worker-lost' THEN 'The worker died.' ELSE 'The worker fell silent and its lease ran out.' END;
BEGIN
  SELECT a.resume_images INTO STRICT resumed_at FROM attempt a WHERE a.run_id = p_run.id AND a.epoch = p_run.epoch;
  progressed := p_run.images_seen > resumed_at;
  -- Trained until its last report at the latest.
  PERFORM attempt_end(p_run, p_as, (
    SELECT greatest(0, extract(epoch FROM p_run.lease_until - p_run.lease_ms * interval '1 millisecond' - a.started_at))
    FROM attempt a WHERE a.run_id = p_run.id AND a.epoch = p_run.epoch), 'infra', message);
  IF p_run.cancel_requested OR p_run.prune_requested THEN
    PERFORM run_end(p_run.id, CASE WHEN p_run.cancel_requested THEN 'cancelled' ELSE 'pruned' END, NULL, NULL, NULL, NULL, true);
    RETURN;
  END IF;
  UPDATE run SET n_infra = n_infra + 1, n_noprogress = CASE WHEN progressed THEN 0 ELSE n_noprogress + 1 END
  WHERE id = p_run.id RETURNING * INTO p_run;
  IF p_run.n_noprogress >= 3 THEN
    PERFORM run_end(p_run.id, 'quarantined', NULL, NULL, 'poison',
      'Three attempts in a row ended with a dead worker before any progress.', true);
  ELSIF p_run.n_infra > 20 THEN
    PERFORM run_end(p_run.id, 'failed', NULL, NULL, 'infra', message, true);
  ELSE
    -- The first loss is made good at once; a run that keeps losing its workers waits longer each time.
    UPDATE run SET state = 'retry-wait', epoch = epoch + 1, worker_id = NULL, slot = NULL, lease_until = NULL, lease_ms = NULL,
      not_before = clock_timestamp() + CASE WHEN p_run.n_infra = 1 THEN interval '0' ELSE retry_delay(p_run.n_infra - 1) END,
      boost = 1, priority = priority + 1 - boost WHERE id = p_run.id;
  END IF;
END $$;

CREATE FUNCTION run_promote() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  moved int;
BEGIN
  UPDATE run SET state = 'queued', not_before = NULL WHERE id IN (
    SELECT r.id FROM run r WHERE r.state = 'retry-wait' AND r.not_before <= clock_timestamp()
    ORDER BY r.id FOR NO KEY UPDATE SKIP LOCKED);
  GET DIAGNOSTICS moved = ROW_COUNT;
  RETURN moved;
END $$;

-- Sweeps -----------------------------------------------------------------------------------------------------------------

-- Changes of sweeps and their membership are rare; one at a time keeps every rule about shared runs simple. The lock
-- ends with the transaction.
CREATE FUNCTION sweep_lock() RETURNS void LANGUAGE sql AS $$ SELECT pg_advisory_xact_lock(hashtext('gansweep sweeps')) $$;

-- Adds runs to a sweep: adopts those that exist and are fit, takes the next replica otherwise. The newest replica of
-- each identity is locked first, so that what was decided about it still holds at the end.
CREATE FUNCTION sweep_add_runs(
  p_sweep bigint, p_index int[], p_uid uuid[], p_trial text[], p_seed bigint[], p_data_hash text[],
  p_trial_id text[], p_configuration text[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  target sweep;
  adopted bigint[];
BEGIN
  SELECT * INTO STRICT target FROM sweep WHERE id = p_sweep FOR NO KEY UPDATE;
  INSERT INTO trial (id, configuration)
  SELECT t.id, t.configuration::jsonb FROM unnest(p_trial_id, p_configuration) AS t (id, configuration)
  ON CONFLICT DO NOTHING;
  PERFORM FROM run r WHERE r.id IN (
    SELECT n.id FROM unnest(p_trial, p_seed, p_data_hash) AS w (trial, seed, data_hash)
    CROSS JOIN LATERAL (
      SELECT o.id FROM run o WHERE o.trial_id = w.trial AND o.seed = w.seed AND o.data_hash = w.data_hash
        AND o.training_version = target.training_version ORDER BY o.replica DESC LIMIT 1
    ) n
  ) ORDER BY r.id FOR NO KEY UPDATE;
  WITH wanted AS (
    SELECT * FROM unnest(p_index, p_uid, p_trial, p_seed, p_data_hash) AS w (idx, uid, trial, seed, data_hash)
  ), newest AS (
    SELECT w.*, n.id AS run_id, coalesce(n.replica + 1, 0) AS next_replica, n.id IS NOT NULL AND target.reuse AND (
        n.state = 'diverged'
        OR n.state = 'succeeded' AND (n.ended_by = 'images' OR n.run_minutes IS NOT DISTINCT FROM target.run_minutes)
        OR n.state IN ('queued', 'running', 'retry-wait') AND NOT n.cancel_requested AND NOT n.prune_requested
          AND n.run_minutes IS NOT DISTINCT FROM target.run_minutes
      ) AS fit
    FROM wanted w LEFT JOIN LATERAL (
      SELECT o.*, d.ended_by FROM run o LEFT JOIN result d ON d.run_id = o.id
      WHERE o.trial_id = w.trial AND o.seed = w.seed AND o.data_hash = w.data_hash
        AND o.training_version = target.training_version ORDER BY o.replica DESC LIMIT 1
    ) n ON true
  ), made AS (
    INSERT INTO run (uid, trial_id, seed, data_hash, training_version, replica, run_minutes, held, priority)
    SELECT n.uid, n.trial, n.seed, n.data_hash, target.training_version, n.next_replica, target.run_minutes,
      target.state IN ('expanding', 'active'), target.priority
    FROM newest n WHERE NOT n.fit ORDER BY n.idx
    RETURNING id, run.uid
  ), members AS (
    INSERT INTO sweep_run (sweep_id, idx, run_id, adopted)
    SELECT p_sweep, n.idx, coalesce(m.id, n.run_id), m.id IS NULL FROM newest n LEFT JOIN made m ON m.uid = n.uid
    RETURNING sweep_run.run_id, sweep_run.adopted
  )
  SELECT coalesce(array_agg(m.run_id) FILTER (WHERE m.adopted), '{}') INTO adopted FROM members m;
  UPDATE sweep SET next_index = next_index + cardinality(p_index), adopted_run_count = adopted_run_count + cardinality(adopted),
    state = CASE WHEN state = 'expanding' AND next_index + cardinality(p_index) = run_count THEN 'active' ELSE state END
  WHERE id = p_sweep;
  PERFORM run_refresh_hold(adopted);
END $$;

-- `created`, `existing` (same key, same body: answers with that sweep's uid) or `key-reused`.
CREATE FUNCTION sweep_create(
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
    priority, reuse, plan, run_minutes, training_version)
  VALUES ((p_sweep ->> 'id')::uuid, p_sweep ->> 'name', p_sweep ->> 'description', 'expanding', p_sweep -> 'spec',
    p_sweep ->> 'specHash', p_sweep ->> 'idempotencyKey', p_sweep ->> 'bodyHash', (p_sweep ->> 'trialCount')::int,
    (p_sweep ->> 'runCount')::int, (p_sweep ->> 'priority')::int, (p_sweep ->> 'reuse')::boolean, p_sweep -> 'plan',
    (p_sweep ->> 'runMinutes')::float8, (p_sweep ->> 'trainingVersion')::int)
  RETURNING id INTO new_id;
  PERFORM sweep_add_runs(new_id, p_index, p_uid, p_trial, p_seed, p_data_hash, p_trial_id, p_configuration);
  RETURN QUERY SELECT 'created', (p_sweep ->> 'id')::uuid;
END $$;

CREATE FUNCTION sweep_expand(
  p_sweep uuid, p_from int, p_index int[], p_uid uuid[], p_trial text[], p_seed bigint[], p_data_hash text[],
  p_trial_id text[], p_configuration text[]
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  target bigint;
BEGIN
  PERFORM sweep_lock();
  SELECT id INTO target FROM sweep WHERE uid = p_sweep AND state = 'expanding' AND next_index = p_from;
  IF target IS NULL THEN
    RETURN 'stale';
  END IF;
  PERFORM sweep_add_runs(target, p_index, p_uid, p_trial, p_seed, p_data_hash, p_trial_id, p_configuration);
  RETURN 'expanded';
END $$;

-- A sweep's new state, and what it means for its runs: those that only cancelled sweeps name are cancelled, at once or
-- by their worker; the others are held or not, and a worker gives back what nobody holds.
CREATE FUNCTION sweep_set_state(p_sweep bigint, p_state text, p_because text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  members bigint[];
  unwanted bigint[];
BEGIN
  UPDATE sweep SET state = p_state, paused_because = p_because,
    ended_at = CASE WHEN p_state IN ('done', 'cancelled') THEN clock_timestamp() END WHERE id = p_sweep;
  SELECT coalesce(array_agg(r.id), '{}') INTO members FROM (
    SELECT r.id FROM run r JOIN sweep_run m ON m.run_id = r.id WHERE m.sweep_id = p_sweep AND r.ended_at IS NULL
    ORDER BY r.id FOR NO KEY UPDATE OF r
  ) r;
  IF p_state = 'cancelled' THEN
    SELECT coalesce(array_agg(m.run_id), '{}') INTO unwanted FROM (
      SELECT m.run_id FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id
      WHERE m.run_id = ANY (members) GROUP BY m.run_id HAVING bool_and(s.state = 'cancelled')
    ) m;
    UPDATE run SET cancel_requested = true WHERE id = ANY (unwanted) AND state = 'running' AND NOT cancel_requested;
    PERFORM set_config('gansweep.bulk', 'on', true);
    WITH ended AS (
      UPDATE run SET state = 'cancelled', not_before = NULL, ended_at = clock_timestamp()
      WHERE id = ANY (unwanted) AND state IN ('queued', 'retry-wait') RETURNING *
    )
    INSERT INTO result (run_id, epoch, kind, images_seen, created_at)
    SELECT id, epoch, 'cancelled', images_seen, ended_at FROM ended;
    PERFORM set_config('gansweep.bulk', 'off', true);
  END IF;
  PERFORM run_refresh_hold(members);
END $$;

CREATE FUNCTION sweep_pause(p_sweep uuid) RETURNS text LANGUAGE plpgsql AS $$
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
END $$;

CREATE FUNCTION sweep_resume(p_sweep uuid) RETURNS text LANGUAGE plpgsql AS $$
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
END $$;

CREATE FUNCTION sweep_cancel(p_sweep uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  target sweep;
BEGIN
  PERFORM sweep_lock();
  SELECT * INTO target FROM sweep WHERE uid = p_sweep;
  CASE
    WHEN target.id IS NULL THEN RETURN 'not-found';
    WHEN target.state = 'cancelled' THEN RETURN 'ok';
    WHEN target.state = 'done' THEN RETURN 'conflict';
    ELSE PERFORM sweep_set_state(target.id, 'cancelled', NULL);
  END CASE;
  RETURN 'ok';
END $$;

-- Removes an ended sweep and everything that no other sweep names; answers with the artefacts to remove. A run that a
-- worker has not let go of yet is a conflict.
CREATE FUNCTION sweep_delete(p_sweep uuid) RETURNS TABLE (outcome text, artifacts text[]) LANGUAGE plpgsql AS $$
DECLARE
  target sweep;
  own bigint[];
  trials text[];
  files text[];
BEGIN
  PERFORM sweep_lock();
  SELECT * INTO target FROM sweep s WHERE s.uid = p_sweep;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'not-found', '{}'::text[];
    RETURN;
  END IF;
  SELECT coalesce(array_agg(m.run_id), '{}') INTO own FROM sweep_run m
  WHERE m.sweep_id = target.id AND NOT EXISTS (SELECT FROM sweep_run o WHERE o.run_id = m.run_id AND o.sweep_id <> target.id);
  PERFORM FROM run r WHERE r.id = ANY (own) ORDER BY r.id FOR UPDATE;
  IF target.state NOT IN ('done', 'cancelled') OR EXISTS (SELECT FROM run r WHERE r.id = ANY (own) AND r.ended_at IS NULL) THEN
    RETURN QUERY SELECT 'conflict', '{}'::text[];
    RETURN;
  END IF;
  SELECT coalesce(array_agg(f.artifact), '{}') INTO files FROM (
    SELECT c.artifact FROM checkpoint c WHERE c.run_id = ANY (own)
    UNION SELECT s.artifact FROM sample s WHERE s.run_id = ANY (own)
  ) f;
  SELECT coalesce(array_agg(DISTINCT r.trial_id), '{}') INTO trials FROM run r WHERE r.id = ANY (own);
  DELETE FROM sweep_run m WHERE m.sweep_id = target.id;
  DELETE FROM metric d WHERE d.run_id = ANY (own);
  DELETE FROM evaluation d WHERE d.run_id = ANY (own);
  DELETE FROM sample d WHERE d.run_id = ANY (own);
  DELETE FROM checkpoint d WHERE d.run_id = ANY (own);
  DELETE FROM result d WHERE d.run_id = ANY (own);
  DELETE FROM attempt d WHERE d.run_id = ANY (own);
  DELETE FROM run r WHERE r.id = ANY (own);
  DELETE FROM trial t WHERE t.id = ANY (trials) AND NOT EXISTS (SELECT FROM run r WHERE r.trial_id = t.id);
  DELETE FROM sweep s WHERE s.id = target.id;
  PERFORM announce('sweep', jsonb_build_object(
    'id', target.uid, 'name', target.name, 'state', 'deleted', 'runCount', target.run_count, 'nextIndex', target.next_index));
  RETURN QUERY SELECT 'deleted', files;
END $$;

CREATE FUNCTION run_cancel(p_run uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  target run;
BEGIN
  SELECT * INTO target FROM run WHERE uid = p_run FOR NO KEY UPDATE;
  CASE
    WHEN target.id IS NULL THEN RETURN 'not-found';
    WHEN target.state = 'cancelled' THEN RETURN 'ok';
    WHEN target.state = 'running' THEN UPDATE run SET cancel_requested = true WHERE id = target.id;
    WHEN target.ended_at IS NULL THEN PERFORM run_end(target.id, 'cancelled', NULL, NULL, NULL, NULL, false);
    ELSE RETURN 'conflict';
  END CASE;
  RETURN 'ok';
END $$;

-- An operator's second chance for a run that did not end by itself: budgets start again, from the last checkpoint, or
-- with p_fresh from nothing. Sweeps that were done with it wait for it again. A run that only cancelled sweeps name
-- would never be claimed: conflict.
CREATE FUNCTION run_retry(p_run uuid, p_fresh boolean) RETURNS text LANGUAGE plpgsql AS $$
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
    n_infra = 0, n_crash = 0, n_oom = 0, n_hang = 0, n_noprogress = 0,
    restart_epoch = CASE WHEN p_fresh THEN epoch ELSE restart_epoch END,
    images_seen = CASE WHEN p_fresh THEN 0 ELSE images_seen END
  WHERE id = target.id;
  UPDATE sweep s SET state = CASE WHEN s.next_index < s.run_count THEN 'expanding' ELSE 'active' END, ended_at = NULL
  FROM sweep_run m WHERE m.sweep_id = s.id AND m.run_id = target.id AND s.state = 'done';
  PERFORM run_refresh_hold(ARRAY[target.id]);
  RETURN 'ok';
END $$;

-- Pauses sweeps that mostly fail and closes those whose runs all ended; returns how many were closed.
CREATE FUNCTION sweep_complete() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  broken record;
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
  FOR finished IN
    SELECT s.id FROM sweep s WHERE s.state = 'active' AND s.next_index = s.run_count AND NOT EXISTS (
      SELECT FROM sweep_run m JOIN run r ON r.id = m.run_id WHERE m.sweep_id = s.id AND r.ended_at IS NULL)
  LOOP
    UPDATE sweep SET state = 'done', ended_at = clock_timestamp() WHERE id = finished;
    closed := closed + 1;
  END LOOP;
  -- Events are for those who listen; a day is more than anybody reconnects after.
  DELETE FROM event e WHERE e.at < clock_timestamp() - interval '1 day' AND e.id IN (SELECT o.id FROM event o ORDER BY o.id LIMIT 5000);
  RETURN closed;
END $$;

-- Invariants -------------------------------------------------------------------------------------------------------------

-- Violations by name; no row is no violation. Runs that ended more than p_since ago were looked at before.
CREATE FUNCTION audit(p_since interval) RETURNS TABLE (invariant text, violations bigint) LANGUAGE sql STABLE AS $$
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
          SELECT FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id WHERE m.run_id = r.id AND s.state IN ('expanding', 'active'))
  )
  SELECT f.invariant, f.violations FROM found f WHERE f.violations > 0
$$;

-- A worker's role needs EXECUTE on these and no right on any table; nobody has it by default.
REVOKE EXECUTE ON FUNCTION
  run_claim, run_started, run_report, run_checkpoint, checkpoint_prune, run_finish, run_release, run_fail,
  attempt_log_append, worker_beat, worker_gone, worker_presence
FROM PUBLIC;
