CREATE OR REPLACE FUNCTION public.attempt_record(p_ids bigint[], p_epochs integer[], p_resumes bigint[], p_point_run integer[], p_point_name text[], p_point_images bigint[], p_point_value double precision[], p_evaluations jsonb, p_samples jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
END $function$
