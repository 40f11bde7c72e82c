-- Packs are refilled: a slot whose pack has room claims more runs of the pack's shape while the others go on.

DROP FUNCTION pack_of(int);
-- The run that is next in line, and those of its shape among the next ones; empty when nothing is in line. Every slot
-- gets its share of what is there, so that none sits idle beside a full pack. A pack that has members, p_beside, gets
-- more of their shape, and only while the next in line has it too: whoever has another shape is not passed over for ever.
CREATE FUNCTION pack_of(p_limit int, p_beside uuid[]) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  head run;
  shape text;
  images bigint;
  matching bigint[];
  slots bigint;
  places int;
BEGIN
  SELECT * INTO head FROM run r WHERE r.state = 'queued' AND r.held
  ORDER BY r.priority DESC, r.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN '{}';
  END IF;
  SELECT pack_shape(t.configuration), (t.configuration ->> 'images')::bigint INTO shape, images
  FROM trial t WHERE t.id = head.trial_id;
  places := least(p_limit, pack_images() / greatest(images, 1) - cardinality(p_beside));
  IF cardinality(p_beside) > 0 THEN
    PERFORM FROM run r JOIN trial t ON t.id = r.trial_id
    WHERE r.uid = ANY (p_beside) AND (r.alone OR pack_shape(t.configuration) IS DISTINCT FROM shape);
    IF FOUND OR head.alone OR shape IS NULL OR places < 1 THEN
      RETURN '{}';
    END IF;
  END IF;
  IF head.alone OR shape IS NULL OR p_limit < 2 THEN
    RETURN ARRAY[head.id];
  END IF;
  SELECT array_agg(next.id ORDER BY next.place) INTO matching FROM (
    SELECT r.id, r.trial_id, row_number() OVER (ORDER BY r.priority DESC, r.id) AS place FROM run r
    WHERE r.state = 'queued' AND r.held AND NOT r.alone AND r.id <> head.id
    ORDER BY r.priority DESC, r.id LIMIT p_limit * 16
  ) next JOIN trial t ON t.id = next.trial_id WHERE pack_shape(t.configuration) = shape;
  SELECT greatest(1, sum(w.slots)) INTO slots FROM worker w WHERE w.ended_at IS NULL AND w.state = 'active';
  RETURN head.id || matching[1:least(places, ceil((1 + coalesce(cardinality(matching), 0))::numeric / slots))::int - 1];
END $$;

DROP FUNCTION run_claim(uuid, int, int, int, boolean);
CREATE FUNCTION run_claim(p_worker uuid, p_slot int, p_limit int, p_lease_ms int, p_pack boolean DEFAULT false,
  p_beside uuid[] DEFAULT '{}')
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
  pack := CASE WHEN p_pack THEN pack_of(p_limit, p_beside) END;
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
