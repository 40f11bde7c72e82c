-- What protocols of a run's record have to know in a resumed attempt: the scores that stand before its checkpoint.
CREATE FUNCTION run_scores(p_uid uuid, p_epoch int) RETURNS TABLE (images bigint, name text, value float8)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  mine run := run_lock(p_uid, p_epoch);
BEGIN
  RETURN QUERY
    SELECT e.images_seen, s.name, s.value FROM canonical_evaluation e JOIN score s ON s.evaluation_id = e.id
    WHERE e.run_id = mine.id
      AND e.images_seen <= (SELECT a.resume_images FROM attempt a WHERE a.run_id = mine.id AND a.epoch = mine.epoch)
    ORDER BY e.images_seen, s.name;
END $$;

REVOKE EXECUTE ON FUNCTION run_scores FROM PUBLIC;
