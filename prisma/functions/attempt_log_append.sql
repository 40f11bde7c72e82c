CREATE OR REPLACE FUNCTION public.attempt_log_append(p_uid uuid, p_epoch integer, p_lines text[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  target bigint;
  last int;
BEGIN
  SELECT a.run_id INTO target FROM attempt a JOIN run r ON r.id = a.run_id
  WHERE r.uid = p_uid AND a.epoch = p_epoch FOR NO KEY UPDATE OF a;
  IF target IS NULL THEN
    RETURN;
  END IF;
  SELECT coalesce(max(line_no), 0) INTO last FROM attempt_log WHERE run_id = target AND epoch = p_epoch;
  INSERT INTO attempt_log (run_id, epoch, line_no, at, line)
  SELECT target, p_epoch, last + l.nth, clock_timestamp(), left(l.line, 4000) FROM unnest(p_lines) WITH ORDINALITY AS l (line, nth);
  DELETE FROM attempt_log WHERE run_id = target AND epoch = p_epoch AND line_no <= last + cardinality(p_lines) - 5000;
END $function$
