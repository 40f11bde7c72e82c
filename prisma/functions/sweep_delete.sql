CREATE OR REPLACE FUNCTION public.sweep_delete(p_sweep uuid)
 RETURNS TABLE(outcome text, artifacts text[])
 LANGUAGE plpgsql
AS $function$
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
END $function$
