CREATE OR REPLACE FUNCTION public.checkpoint_prune(p_uid uuid, p_epoch integer)
 RETURNS SETOF text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  mine run := run_lock(p_uid, p_epoch);
BEGIN
  IF mine.id IS NULL THEN
    RETURN;
  END IF;
  RETURN QUERY
    WITH kept AS (
      (SELECT c.id FROM canonical_checkpoint c WHERE c.run_id = mine.id AND c.kind = 'full' ORDER BY c.images_seen DESC LIMIT 2)
      UNION
      (SELECT c.id FROM canonical_checkpoint c
       JOIN canonical_evaluation e ON e.run_id = c.run_id AND e.images_seen = c.images_seen
       JOIN score s ON s.evaluation_id = e.id AND s.name IN ('js', 'kid-lenet') AND s.value IS NOT NULL
       WHERE c.run_id = mine.id AND c.kind = 'full' ORDER BY s.value, c.images_seen DESC LIMIT 1)
    ), forgotten AS (
      DELETE FROM checkpoint c WHERE c.run_id = mine.id AND c.kind = 'full' AND c.id NOT IN (SELECT k.id FROM kept k)
      RETURNING c.artifact, c.epoch
    )
    SELECT f.artifact FROM forgotten f WHERE f.epoch > 0 OR NOT artifact_is_shared(f.artifact, ARRAY[mine.id]);
END $function$
