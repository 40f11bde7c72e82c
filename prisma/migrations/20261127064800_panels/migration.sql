-- Pictures of a run's networks, each with the numbers behind it: written like sample grids, among which they are reported.

CREATE TABLE "panel" (
    "run_id" BIGINT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "images_seen" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "picture" TEXT NOT NULL,
    "data" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "panel_pkey" PRIMARY KEY ("run_id","epoch","images_seen","name")
);

ALTER TABLE "panel" ADD CONSTRAINT "panel_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The rule of sample grids.
CREATE VIEW canonical_panel AS
  SELECT DISTINCT ON (p.run_id, p.images_seen, p.name) p.*
  FROM panel p
  WHERE NOT EXISTS (
    SELECT FROM attempt a
    WHERE a.run_id = p.run_id AND a.epoch > p.epoch AND (a.resume_images < p.images_seen OR a.resume_images = 0))
  ORDER BY p.run_id, p.images_seen, p.name, p.epoch DESC;

-- As before, and of p_samples: an item with `name` is a panel, one without a sample grid.
CREATE OR REPLACE FUNCTION attempt_record(
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
  FROM jsonb_array_elements(p_samples) AS s WHERE p_ids[(s ->> 'run')::int] IS NOT NULL AND NOT s ? 'name'
  ON CONFLICT DO NOTHING;

  INSERT INTO panel (run_id, epoch, images_seen, name, picture, data, created_at)
  SELECT p_ids[(s ->> 'run')::int], p_epochs[(s ->> 'run')::int], (s ->> 'imagesSeen')::bigint, s ->> 'name', s ->> 'picture', s ->> 'data',
    clock_timestamp()
  FROM jsonb_array_elements(p_samples) AS s WHERE p_ids[(s ->> 'run')::int] IS NOT NULL AND s ? 'name'
  ON CONFLICT DO NOTHING;
END $$;

-- As before, with the files of panels.
CREATE OR REPLACE FUNCTION sweep_delete(p_sweep uuid) RETURNS TABLE (outcome text, artifacts text[]) LANGUAGE plpgsql AS $$
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
