CREATE OR REPLACE FUNCTION public.run_claim(p_worker uuid, p_slot integer, p_limit integer, p_lease_ms integer, p_pack boolean DEFAULT false, p_beside uuid[] DEFAULT '{}'::uuid[], p_expected uuid DEFAULT NULL::uuid, p_because text DEFAULT NULL::text)
 RETURNS TABLE(run_uid uuid, run_epoch integer, trial text, configuration jsonb, run_seed bigint, dataset_hash text, version integer, plans jsonb, minutes double precision, seconds_used double precision, checkpoints jsonb)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
END $function$
