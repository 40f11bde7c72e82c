CREATE OR REPLACE FUNCTION public.run_scores(p_uid uuid, p_epoch integer)
 RETURNS TABLE(images bigint, name text, value double precision)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  mine run := run_lock(p_uid, p_epoch);
BEGIN
  RETURN QUERY
    SELECT e.images_seen, s.name, s.value FROM canonical_evaluation e JOIN score s ON s.evaluation_id = e.id
    WHERE e.run_id = mine.id
      AND e.images_seen <= (SELECT a.resume_images FROM attempt a WHERE a.run_id = mine.id AND a.epoch = mine.epoch)
    ORDER BY e.images_seen, s.name;
END $function$
