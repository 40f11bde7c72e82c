CREATE OR REPLACE FUNCTION public.sweep_pause_for_findings()
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
DECLARE
  seen record;
  paused int := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('gansweep sweeps')) THEN
    RETURN 0;
  END IF;
  FOR seen IN
    SELECT DISTINCT ON (s.id) s.id, r.uid, f.name
    FROM sweep s JOIN sweep_run m ON m.sweep_id = s.id JOIN run r ON r.id = m.run_id JOIN canonical_finding f ON f.run_id = r.id
    WHERE s.state IN ('expanding', 'active') AND s.plan ? 'onFinding' AND s.plan #>> ARRAY['onFinding', f.name] = 'pause'
      AND f.created_at >= s.created_at
      AND NOT EXISTS (SELECT FROM finding_pause p WHERE p.sweep_id = s.id AND p.run_id = r.id AND p.name = f.name)
      AND EXISTS (SELECT FROM sweep_run o JOIN run u ON u.id = o.run_id WHERE o.sweep_id = s.id AND u.ended_at IS NULL)
    ORDER BY s.id, f.created_at
  LOOP
    -- Who resumes the sweep has seen what was found until then.
    INSERT INTO finding_pause (sweep_id, run_id, name)
    SELECT m.sweep_id, m.run_id, f.name
    FROM sweep_run m JOIN canonical_finding f ON f.run_id = m.run_id JOIN sweep s ON s.id = m.sweep_id
    WHERE m.sweep_id = seen.id AND s.plan #>> ARRAY['onFinding', f.name] = 'pause'
    ON CONFLICT DO NOTHING;
    PERFORM sweep_set_state(seen.id, 'paused', format('Run %s: %s was found, and onFinding says pause. Resume the sweep to go on.', seen.uid, seen.name));
    paused := paused + 1;
  END LOOP;
  RETURN paused;
END $function$
