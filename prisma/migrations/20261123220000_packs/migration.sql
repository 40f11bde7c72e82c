-- Packs: runs of one shape are claimed together by one slot. Leases, epochs and outcomes stay each run's own.

-- Its pack's trainer died: the run is claimed alone from then on.
ALTER TABLE "run" ADD COLUMN "alone" BOOLEAN NOT NULL DEFAULT false;
-- Runs that were claimed together, this attempt's included.
ALTER TABLE "attempt" ADD COLUMN "pack_size" INTEGER NOT NULL DEFAULT 1;

-- What runs of a pack share: all fields but those in which lanes may differ. NULL where runs train alone: convolutions
-- keep a core busy by themselves.
CREATE FUNCTION pack_shape(p_configuration jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN p_configuration ->> 'model' = 'mlp2d' THEN (p_configuration - ARRAY[
    'lrG', 'lrD', 'weightDecay', 'realLabel', 'fakeLabel', 'beta1', 'beta2', 'adamEps', 'sgdMomentum', 'noise', 'images'
  ])::text END
$$;

-- Images of a whole pack: some seconds of training, so that a pack is soon done and priorities are soon heard.
CREATE FUNCTION pack_images() RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT 8000000::bigint $$;

-- The run that is next in line, and those of its shape among the next ones; NULL when nothing is in line. Every slot
-- gets its share of what is there, so that none sits idle beside a full pack.
CREATE FUNCTION pack_of(p_limit int) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  head run;
  shape text;
  images bigint;
  matching bigint[];
  slots bigint;
BEGIN
  SELECT * INTO head FROM run r WHERE r.state = 'queued' AND r.held
  ORDER BY r.priority DESC, r.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN '{}';
  END IF;
  SELECT pack_shape(t.configuration), (t.configuration ->> 'images')::bigint INTO shape, images
  FROM trial t WHERE t.id = head.trial_id;
  IF head.alone OR shape IS NULL OR p_limit < 2 THEN
    RETURN ARRAY[head.id];
  END IF;
  SELECT array_agg(next.id ORDER BY next.place) INTO matching FROM (
    SELECT r.id, r.trial_id, row_number() OVER (ORDER BY r.priority DESC, r.id) AS place FROM run r
    WHERE r.state = 'queued' AND r.held AND NOT r.alone AND r.id <> head.id
    ORDER BY r.priority DESC, r.id LIMIT p_limit * 16
  ) next JOIN trial t ON t.id = next.trial_id WHERE pack_shape(t.configuration) = shape;
  SELECT greatest(1, sum(w.slots)) INTO slots FROM worker w WHERE w.ended_at IS NULL AND w.state = 'active';
  RETURN head.id || matching[1:least(p_limit, pack_images() / greatest(images, 1),
    ceil((1 + coalesce(cardinality(matching), 0))::numeric / slots))::int - 1];
END $$;

DROP FUNCTION run_claim(uuid, int, int, int);
CREATE FUNCTION run_claim(p_worker uuid, p_slot int, p_limit int, p_lease_ms int, p_pack boolean DEFAULT false)
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
BEGIN
  SELECT * INTO claimant FROM worker w WHERE w.uid = p_worker;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'worker % has not announced itself', p_worker;
  END IF;
  IF claimant.ended_at IS NOT NULL OR claimant.state <> 'active' OR claimant.cordoned_until > clock_timestamp() THEN
    RETURN;
  END IF;
  pack := CASE WHEN p_pack THEN pack_of(p_limit) END;
  FOR picked IN
    SELECT * FROM run r WHERE r.state = 'queued' AND r.held AND (pack IS NULL OR r.id = ANY (pack))
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
  IF p_pack AND cardinality(claimed) > 1 THEN
    UPDATE attempt a SET pack_size = cardinality(claimed) FROM run r
    WHERE r.id = ANY (claimed) AND a.run_id = r.id AND a.epoch = r.epoch;
  END IF;
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

CREATE OR REPLACE FUNCTION run_fail(p_uid uuid, p_epoch int, p_kind text, p_message text, p_exit_code int, p_signal text, p_seconds float8)
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
  -- One death of a trainer ended all attempts of its pack, and says nothing of this run: it trains alone next, uncounted.
  IF current.pack_size > 1 AND p_kind IN ('crash', 'hang', 'oom') AND NOT (mine.cancel_requested OR mine.prune_requested) THEN
    UPDATE run SET state = 'retry-wait', worker_id = NULL, slot = NULL, lease_until = NULL, lease_ms = NULL, alone = true,
      not_before = clock_timestamp() + retry_delay(1), boost = 1, priority = priority + 1 - boost WHERE id = mine.id;
    RETURN 'retry-wait';
  END IF;
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
