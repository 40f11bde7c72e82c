-- A longer run that a growth adds goes on from the last checkpoint of the shorter run of its sweep: with its first claim it
-- takes over what that one recorded, as an attempt of epoch 0, so that it stands on its own from then on.

-- Id of the run whose record it takes over; no key, as that run may be deleted afterwards.
ALTER TABLE "run" ADD COLUMN "continues" UUID;
CREATE INDEX run_continues ON run (continues) WHERE continues IS NOT NULL;

-- inherited: it is another run's record.
ALTER TABLE attempt DROP CONSTRAINT attempt_end_known;
ALTER TABLE attempt ADD CONSTRAINT attempt_end_known CHECK
  (ended_as IN ('finished', 'released', 'failed', 'lease-expired', 'worker-lost', 'inherited'));

-- Rows that name files of another run.
CREATE INDEX checkpoint_inherited ON checkpoint (artifact) WHERE epoch = 0;
CREATE INDEX sample_inherited ON sample (artifact) WHERE epoch = 0;
CREATE INDEX panel_inherited ON panel (picture) WHERE epoch = 0;
CREATE INDEX panel_data_inherited ON panel (data) WHERE epoch = 0;

-- Whether a run besides p_own names the file: the one that made it, whose id is in its key, or one that took it over.
CREATE FUNCTION artifact_is_shared(p_artifact text, p_own bigint[]) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
      SELECT FROM run r WHERE r.uid = substring(p_artifact FROM '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}')::uuid AND r.id <> ALL (p_own))
    OR EXISTS (SELECT FROM checkpoint c WHERE c.epoch = 0 AND c.artifact = p_artifact AND c.run_id <> ALL (p_own))
    OR EXISTS (SELECT FROM sample s WHERE s.epoch = 0 AND s.artifact = p_artifact AND s.run_id <> ALL (p_own))
    OR EXISTS (SELECT FROM panel p WHERE p.epoch = 0 AND p.picture = p_artifact AND p.run_id <> ALL (p_own))
    OR EXISTS (SELECT FROM panel p WHERE p.epoch = 0 AND p.data = p_artifact AND p.run_id <> ALL (p_own))
$$;

-- Takes over what the run recorded that p_run continues, once, before its first attempt; the caller holds the lock of p_run.
-- Findings are not among it: detectors of the longer run look at its curve anew. What it cost stays with the run that paid.
-- False while that run is being deleted, which first gives its record to its heirs: ask again.
CREATE FUNCTION run_inherit(p_run run) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  source run;
  last attempt;
BEGIN
  IF p_run.continues IS NULL OR p_run.restart_epoch >= 0 OR EXISTS (SELECT FROM attempt a WHERE a.run_id = p_run.id) THEN
    RETURN true;
  END IF;
  SELECT * INTO source FROM run r WHERE r.uid = p_run.continues FOR KEY SHARE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN NOT EXISTS (SELECT FROM run r WHERE r.uid = p_run.continues);
  END IF;
  SELECT * INTO STRICT last FROM attempt a WHERE a.run_id = source.id ORDER BY a.epoch DESC LIMIT 1;
  INSERT INTO attempt (run_id, epoch, worker_id, slot, resume_images, started_at, ended_at, ended_as, images_seen, seconds,
    backend_name, backend_version, backend_device)
  SELECT p_run.id, 0, last.worker_id, last.slot, 0, min(a.started_at), max(a.ended_at), 'inherited', source.images_seen, 0,
    last.backend_name, last.backend_version, last.backend_device
  FROM attempt a WHERE a.run_id = source.id;
  INSERT INTO metric (run_id, epoch, name_id, images_seen, value, recorded_at)
  SELECT p_run.id, 0, m.name_id, m.images_seen, m.value, m.recorded_at FROM canonical_metric m WHERE m.run_id = source.id;
  WITH taken AS (
    INSERT INTO evaluation (run_id, epoch, images_seen, protocol, passport, seconds, created_at)
    SELECT p_run.id, 0, e.images_seen, e.protocol, e.passport, 0, e.created_at FROM canonical_evaluation e WHERE e.run_id = source.id
    RETURNING id, images_seen, protocol
  )
  INSERT INTO score (evaluation_id, name, value)
  SELECT t.id, s.name, s.value FROM taken t
  JOIN canonical_evaluation e ON e.run_id = source.id AND e.images_seen = t.images_seen AND e.protocol = t.protocol
  JOIN score s ON s.evaluation_id = e.id;
  INSERT INTO sample (run_id, epoch, images_seen, artifact, created_at)
  SELECT p_run.id, 0, s.images_seen, s.artifact, s.created_at FROM canonical_sample s WHERE s.run_id = source.id;
  INSERT INTO panel (run_id, epoch, images_seen, name, picture, data, created_at)
  SELECT p_run.id, 0, p.images_seen, p.name, p.picture, p.data, p.created_at FROM canonical_panel p WHERE p.run_id = source.id;
  INSERT INTO checkpoint (run_id, epoch, images_seen, kind, artifact, sha256, bytes, created_at)
  SELECT p_run.id, 0, c.images_seen, c.kind, c.artifact, c.sha256, c.bytes, c.created_at
  FROM canonical_checkpoint c WHERE c.run_id = source.id;
  RETURN true;
END $$;

-- As before, and what a run continues is taken over first.
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
      CONTINUE WHEN NOT run_inherit(picked);
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
        'sha256', c.sha256, 'bytes', c.bytes) || CASE WHEN c.epoch = 0 THEN '{"inherited": true}'::jsonb ELSE '{}' END ORDER BY c.images_seen DESC), '[]') FROM canonical_checkpoint c
       WHERE c.run_id = r.id AND c.kind = 'full' AND c.epoch > r.restart_epoch AND c.images_seen > 0)
    FROM run r JOIN trial t ON t.id = r.trial_id
    WHERE r.id = ANY (claimed) ORDER BY r.priority DESC, r.id;
END $$;

-- As before, but for the findings that a longer run's detectors see in what it took over.
CREATE OR REPLACE FUNCTION attempt_findings(p_ids bigint[], p_epochs int[], p_resumes bigint[], p_findings jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  item jsonb;
  run_at int;
BEGIN
  FOR item IN SELECT * FROM jsonb_array_elements(p_findings) LOOP
    run_at := (item ->> 'run')::int;
    CONTINUE WHEN p_ids[run_at] IS NULL OR p_resumes[run_at] > 0 AND (item ->> 'imagesSeen')::bigint <= p_resumes[run_at]
      AND NOT EXISTS (
        SELECT FROM attempt a WHERE a.run_id = p_ids[run_at] AND a.epoch = 0 AND a.images_seen >= p_resumes[run_at]);
    INSERT INTO finding (run_id, epoch, images_seen, name, evidence, created_at)
    VALUES (p_ids[run_at], p_epochs[run_at], (item ->> 'imagesSeen')::bigint, item ->> 'name', item -> 'evidence', clock_timestamp())
    ON CONFLICT DO NOTHING;
    CONTINUE WHEN NOT FOUND;
    PERFORM announce('finding', jsonb_build_object('run', r.uid, 'name', item ->> 'name', 'imagesSeen', (item ->> 'imagesSeen')::bigint,
      'sweeps', (SELECT coalesce(jsonb_agg(s.uid), '[]') FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id WHERE m.run_id = r.id)))
    FROM run r WHERE r.id = p_ids[run_at];
  END LOOP;
END $$;

-- As before; a file that another run names as well stays.
CREATE OR REPLACE FUNCTION checkpoint_prune(p_uid uuid, p_epoch int) RETURNS SETOF text
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
    ), forgotten AS (
      DELETE FROM checkpoint c WHERE c.run_id = mine.id AND c.kind = 'full' AND c.id NOT IN (SELECT k.id FROM kept k)
      RETURNING c.artifact, c.epoch
    )
    SELECT f.artifact FROM forgotten f WHERE f.epoch > 0 OR NOT artifact_is_shared(f.artifact, ARRAY[mine.id]);
END $$;

-- As before; what continues a run of the sweep takes over its record first, and a file that another run names stays.
CREATE OR REPLACE FUNCTION sweep_delete(p_sweep uuid) RETURNS TABLE (outcome text, artifacts text[]) LANGUAGE plpgsql AS $$
DECLARE
  target sweep;
  own bigint[];
  trials text[];
  files text[];
  heir run;
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
  FOR heir IN
    SELECT h.* FROM run h WHERE h.continues IN (SELECT r.uid FROM run r WHERE r.id = ANY (own)) AND h.id <> ALL (own)
      AND h.ended_at IS NULL ORDER BY h.id FOR NO KEY UPDATE
  LOOP
    PERFORM run_inherit(heir);
  END LOOP;
  SELECT coalesce(array_agg(f.artifact) FILTER (WHERE NOT artifact_is_shared(f.artifact, own)), '{}') INTO files FROM (
    SELECT c.artifact FROM checkpoint c WHERE c.run_id = ANY (own)
    UNION SELECT s.artifact FROM sample s WHERE s.run_id = ANY (own)
    UNION SELECT f.file FROM panel p, unnest(ARRAY[p.picture, p.data]) AS f (file) WHERE p.run_id = ANY (own)
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

DROP FUNCTION sweep_add_runs(bigint, int[], uuid[], text[], bigint[], text[], text[], text[]);
DROP FUNCTION sweep_expand(uuid, int, int[], uuid[], text[], bigint[], text[], text[], text[]);
DROP FUNCTION sweep_grow(uuid, jsonb, jsonb, int[], uuid[], text[], bigint[], text[], text[], text[]);

-- As before. @param p_continues for each run that of a shorter one, where it goes on from its checkpoint.
CREATE OR REPLACE FUNCTION sweep_add_runs(
  p_sweep bigint, p_index int[], p_uid uuid[], p_trial text[], p_seed bigint[], p_data_hash text[],
  p_trial_id text[], p_configuration text[], p_continues uuid[] DEFAULT NULL
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
    SELECT * FROM unnest(p_index, p_uid, p_trial, p_seed, p_data_hash, p_continues) AS w (idx, uid, trial, seed, data_hash, continues)
  ), newest AS (
    SELECT w.*, n.id AS run_id, coalesce(n.replica + 1, 0) AS next_replica, n.id IS NOT NULL AND target.reuse AND (
        n.state = 'diverged'
        OR n.state = 'succeeded' AND (n.ended_by = 'images' OR n.run_minutes IS NOT DISTINCT FROM target.run_minutes)
          AND run_is_judged(n.id, target.plan)
        OR n.state IN ('queued', 'running', 'retry-wait') AND NOT n.cancel_requested AND NOT n.prune_requested
          AND n.run_minutes IS NOT DISTINCT FROM target.run_minutes AND run_will_be_judged(n.self, target.plan)
      ) AS fit
    FROM wanted w LEFT JOIN LATERAL (
      SELECT o.*, d.ended_by, o AS self FROM run o LEFT JOIN result d ON d.run_id = o.id
      WHERE o.trial_id = w.trial AND o.seed = w.seed AND o.data_hash = w.data_hash
        AND o.training_version = target.training_version ORDER BY o.replica DESC LIMIT 1
    ) n ON true
  ), made AS (
    INSERT INTO run (uid, trial_id, seed, data_hash, training_version, replica, run_minutes, held, priority, continues,
      restart_epoch)
    SELECT n.uid, n.trial, n.seed, n.data_hash, target.training_version, n.next_replica, target.run_minutes,
      target.state IN ('expanding', 'active'), target.priority, n.continues, CASE WHEN n.continues IS NULL THEN 0 ELSE -1 END
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

CREATE OR REPLACE FUNCTION sweep_expand(
  p_sweep uuid, p_from int, p_index int[], p_uid uuid[], p_trial text[], p_seed bigint[], p_data_hash text[],
  p_trial_id text[], p_configuration text[], p_continues uuid[] DEFAULT NULL
) RETURNS text LANGUAGE plpgsql AS $$
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
END $$;

CREATE OR REPLACE FUNCTION sweep_grow(
  p_sweep uuid, p_request jsonb, p_growth jsonb, p_index int[], p_uid uuid[], p_trial text[], p_seed bigint[], p_data_hash text[],
  p_trial_id text[], p_configuration text[], p_continues uuid[] DEFAULT NULL
) RETURNS TABLE (outcome text, at_ordinal int) LANGUAGE plpgsql AS $$
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
END $$;
