-- How many runs a claim takes is the worker's choice, by what it measured on its device; the record keeps why.

-- Why so many runs were claimed together; NULL where nobody chose.
ALTER TABLE "attempt" ADD COLUMN "pack_because" TEXT;

-- What runs of a pack share: all fields but those in which lanes may differ. Runs may differ in the strength of the tricks,
-- but all have one on or all have it off: a program without it pays nothing for it. Configurations of before have none of
-- them. Whether a shape is worth a pack is for the worker to say.
CREATE OR REPLACE FUNCTION pack_shape(p_configuration jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT ((p_configuration - ARRAY[
    'lrG', 'lrD', 'weightDecay', 'realLabel', 'fakeLabel', 'beta1', 'beta1G', 'beta1D', 'beta2', 'adamEps', 'sgdMomentum',
    'gpWeight', 'lrStepFirst', 'lrStepSecond', 'noise', 'images', 'truncation'
  ]) || (
    SELECT jsonb_object_agg(trick, coalesce((p_configuration ->> trick)::float8 > 0, false))
    FROM unnest(ARRAY['labelNoise', 'freezeRatio', 'instanceNoise', 'ema', 'styleMixing']) AS trick
  ))::text
$$;

CREATE FUNCTION pack_shape_of(p_uid uuid) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT pack_shape(t.configuration) FROM run r JOIN trial t ON t.id = r.trial_id WHERE r.uid = p_uid
$$;

-- The run that is next in line, how many of its shape are among the next ones, itself included, and how many slots there
-- are to take them; no row when nothing is in line. A look, not a claim.
CREATE FUNCTION run_next(p_limit int)
RETURNS TABLE (run_uid uuid, configuration jsonb, alone boolean, waiting int, slots int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH line AS (
    SELECT r.uid, r.alone, t.configuration, row_number() OVER (ORDER BY r.priority DESC, r.id) AS place
    FROM (
      SELECT * FROM run q WHERE q.state = 'queued' AND q.held ORDER BY q.priority DESC, q.id LIMIT p_limit * 16
    ) r JOIN trial t ON t.id = r.trial_id
  ), head AS (
    SELECT l.*, pack_shape(l.configuration) AS shape FROM line l WHERE l.place = 1
  )
  SELECT h.uid, h.configuration, h.alone,
    1 + (SELECT count(*) FROM line l WHERE l.place > 1 AND NOT l.alone AND pack_shape(l.configuration) = h.shape)::int,
    (SELECT greatest(1, sum(w.slots)) FROM worker w WHERE w.ended_at IS NULL AND w.state = 'active')::int
  FROM head h
$$;
REVOKE EXECUTE ON FUNCTION run_next FROM PUBLIC;

DROP FUNCTION pack_of(int, uuid[]);
-- The run that is next in line, and those of its shape among the next ones; empty when nothing is in line. Every slot
-- gets its share of what is there, so that none sits idle beside a full pack. A pack that has members, p_beside, gets
-- more of their shape, and only while the next in line has it too: whoever has another shape is not passed over for ever.
-- Where the next in line has another shape than p_expected, a run for which the size was chosen, it is taken alone.
CREATE FUNCTION pack_of(p_limit int, p_beside uuid[], p_expected uuid) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  head run;
  shape text;
  matching bigint[];
  slots bigint;
BEGIN
  SELECT * INTO head FROM run r WHERE r.state = 'queued' AND r.held
  ORDER BY r.priority DESC, r.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN '{}';
  END IF;
  SELECT pack_shape(t.configuration) INTO shape FROM trial t WHERE t.id = head.trial_id;
  IF cardinality(p_beside) > 0 THEN
    PERFORM FROM run r JOIN trial t ON t.id = r.trial_id
    WHERE r.uid = ANY (p_beside) AND (r.alone OR pack_shape(t.configuration) <> shape);
    IF FOUND OR head.alone OR p_limit < 1 THEN
      RETURN '{}';
    END IF;
  END IF;
  IF head.alone OR p_limit < 2 OR pack_shape_of(p_expected) <> shape THEN
    RETURN ARRAY[head.id];
  END IF;
  SELECT array_agg(next.id ORDER BY next.place) INTO matching FROM (
    SELECT r.id, r.trial_id, row_number() OVER (ORDER BY r.priority DESC, r.id) AS place FROM run r
    WHERE r.state = 'queued' AND r.held AND NOT r.alone AND r.id <> head.id
    ORDER BY r.priority DESC, r.id LIMIT p_limit * 16
  ) next JOIN trial t ON t.id = next.trial_id WHERE pack_shape(t.configuration) = shape;
  SELECT greatest(1, sum(w.slots)) INTO slots FROM worker w WHERE w.ended_at IS NULL AND w.state = 'active';
  RETURN head.id || matching[1:least(p_limit, ceil((1 + coalesce(cardinality(matching), 0))::numeric / slots))::int - 1];
END $$;
DROP FUNCTION pack_images();

DROP FUNCTION run_claim(uuid, int, int, int, boolean, uuid[]);
CREATE FUNCTION run_claim(p_worker uuid, p_slot int, p_limit int, p_lease_ms int, p_pack boolean DEFAULT false,
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
  pack := CASE WHEN p_pack THEN pack_of(p_limit, p_beside, p_expected) END;
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
REVOKE EXECUTE ON FUNCTION run_claim FROM PUBLIC;
