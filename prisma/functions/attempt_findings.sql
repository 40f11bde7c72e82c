CREATE OR REPLACE FUNCTION public.attempt_findings(p_ids bigint[], p_epochs integer[], p_resumes bigint[], p_findings jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
END $function$
