-- What a run needs of its worker besides gansweep: a registered command, a plugin's file, a registered extractor, each by
-- its hash. A worker says what it has, and a claim passes over what needs more.

ALTER TABLE "run" ADD COLUMN "needs" TEXT[] DEFAULT ARRAY[]::TEXT[];
-- NULL: a worker of before, which does not say and gets what comes.
ALTER TABLE "worker" ADD COLUMN "offers" TEXT[];

CREATE FUNCTION served(p_needs text[], p_offers text[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT p_offers IS NULL OR coalesce(p_needs, '{}') <@ p_offers
$$;

CREATE FUNCTION worker_offers(p_uid uuid) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT w.offers FROM worker w WHERE w.uid = p_uid
$$;

-- By its configuration, and by the protocols of the active sweeps that hold it.
CREATE FUNCTION run_needs(p_run bigint) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(DISTINCT n.need), '{}') FROM (
    SELECT unnest(ARRAY['trainer ' || (t.configuration ->> 'trainer'), 'plugin ' || (t.configuration ->> 'plugins')])
    FROM run r JOIN trial t ON t.id = r.trial_id WHERE r.id = p_run
    UNION ALL
    SELECT 'extractor ' || e.key || '@' || left(e.value, 16)
    FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id, jsonb_each_text(s.plan -> 'extractors') AS e
    WHERE m.run_id = p_run AND s.state IN ('expanding', 'active')
  ) AS n (need) WHERE n.need IS NOT NULL
$$;

UPDATE run r SET needs = run_needs(r.id) FROM trial t
WHERE t.id = r.trial_id AND r.ended_at IS NULL AND t.configuration ?| ARRAY['trainer', 'plugins'];

CREATE FUNCTION members_need() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE run r SET needs = run_needs(r.id) FROM added a JOIN sweep s ON s.id = a.sweep_id, trial t
  WHERE r.id = a.run_id AND t.id = r.trial_id AND r.ended_at IS NULL
    AND (s.plan ? 'extractors' OR t.configuration ?| ARRAY['trainer', 'plugins']);
  RETURN NULL;
END $$;
CREATE TRIGGER members_need AFTER INSERT ON sweep_run REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION members_need();

-- Whether an active sweep holds each run, at which priority, and what it needs of its worker for it.
CREATE OR REPLACE FUNCTION run_refresh_hold(p_ids bigint[]) RETURNS void LANGUAGE sql AS $$
  UPDATE run r SET held = h.held, priority = h.priority + r.boost, needs = h.needs
  FROM (
    SELECT m.run_id, bool_or(s.state IN ('expanding', 'active')) AS held,
      coalesce(max(s.priority) FILTER (WHERE s.state IN ('expanding', 'active')), 0) AS priority,
      run_needs(m.run_id) AS needs
    FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id
    WHERE m.run_id = ANY (p_ids) GROUP BY m.run_id
  ) h
  WHERE r.id = h.run_id AND r.ended_at IS NULL
    AND (r.held, r.priority, r.needs) IS DISTINCT FROM (h.held, h.priority + r.boost, h.needs)
$$;

DROP FUNCTION worker_beat(uuid, text, int, text, text, int, text);
CREATE FUNCTION worker_beat(p_uid uuid, p_host text, p_pid int, p_backend text, p_device text, p_slots int, p_state text,
  p_offers text[] DEFAULT NULL)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO worker AS w (uid, host, pid, backend, device, slots, state, offers, last_seen)
  VALUES (p_uid, p_host, p_pid, p_backend, p_device, p_slots, p_state, p_offers, clock_timestamp())
  ON CONFLICT (uid) DO UPDATE SET host = p_host, pid = p_pid, backend = p_backend, device = p_device, slots = p_slots,
    state = CASE WHEN w.cordoned_until > clock_timestamp() THEN 'cordoned' ELSE p_state END,
    offers = p_offers, last_seen = clock_timestamp(), ended_at = NULL
$$;
REVOKE EXECUTE ON FUNCTION worker_beat FROM PUBLIC;

DROP FUNCTION run_next(int);
-- The run that is next in line for a worker, how many of its shape are among the next ones, itself included, and how many slots there
-- are to take them; no row when nothing is in line. A look, not a claim.
CREATE FUNCTION run_next(p_limit int, p_worker uuid)
RETURNS TABLE (run_uid uuid, configuration jsonb, alone boolean, waiting int, slots int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH line AS (
    SELECT r.uid, r.alone, t.configuration, row_number() OVER (ORDER BY r.priority DESC, r.id) AS place
    FROM (
      SELECT * FROM run q WHERE q.state = 'queued' AND q.held AND served(q.needs, worker_offers(p_worker)) ORDER BY q.priority DESC, q.id LIMIT p_limit * 16
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

DROP FUNCTION pack_of(int, uuid[], uuid);
-- The run that is next in line, and those of its shape among the next ones; empty when nothing is in line. Every slot
-- gets its share of what is there, so that none sits idle beside a full pack. A pack that has members, p_beside, gets
-- more of their shape, and only while the next in line has it too: whoever has another shape is not passed over for ever.
-- Where the next in line has another shape than p_expected, a run for which the size was chosen, it is taken alone.
CREATE FUNCTION pack_of(p_limit int, p_beside uuid[], p_expected uuid, p_offers text[]) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  head run;
  shape text;
  matching bigint[];
  slots bigint;
BEGIN
  SELECT * INTO head FROM run r WHERE r.state = 'queued' AND r.held AND served(r.needs, p_offers)
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
    WHERE r.state = 'queued' AND r.held AND NOT r.alone AND r.id <> head.id AND served(r.needs, p_offers)
    ORDER BY r.priority DESC, r.id LIMIT p_limit * 16
  ) next JOIN trial t ON t.id = next.trial_id WHERE pack_shape(t.configuration) = shape;
  SELECT greatest(1, sum(w.slots)) INTO slots FROM worker w WHERE w.ended_at IS NULL AND w.state = 'active';
  RETURN head.id || matching[1:least(p_limit, ceil((1 + coalesce(cardinality(matching), 0))::numeric / slots))::int - 1];
END $$;

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

-- What the runs of a sweep that wait for a worker need and no live worker has; empty while there is no worker at all.
CREATE FUNCTION sweep_lacks(p_sweep bigint) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(DISTINCT n.need ORDER BY n.need), '{}')
  FROM (
    SELECT DISTINCT r.needs FROM sweep_run m JOIN run r ON r.id = m.run_id
    WHERE m.sweep_id = p_sweep AND r.state IN ('queued', 'retry-wait') AND r.held AND r.needs <> '{}'
  ) q CROSS JOIN LATERAL unnest(q.needs) AS n (need)
  WHERE EXISTS (SELECT FROM worker w WHERE w.ended_at IS NULL)
    AND NOT EXISTS (SELECT FROM worker w WHERE w.ended_at IS NULL AND served(q.needs, w.offers))
    AND NOT EXISTS (SELECT FROM worker w WHERE w.ended_at IS NULL AND n.need = ANY (w.offers))
$$;
