CREATE OR REPLACE FUNCTION public.run_history(p_uid uuid, p_epoch integer, p_names text[])
 RETURNS TABLE(images bigint, name text, value double precision)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  mine run := run_lock(p_uid, p_epoch);
BEGIN
  RETURN QUERY
    SELECT m.images_seen, n.name, m.value FROM canonical_metric m JOIN metric_name n ON n.id = m.name_id
    WHERE m.run_id = mine.id AND n.name = ANY (p_names)
      AND m.images_seen <= (SELECT a.resume_images FROM attempt a WHERE a.run_id = mine.id AND a.epoch = mine.epoch)
    ORDER BY m.images_seen;
END $function$
