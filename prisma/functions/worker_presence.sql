CREATE OR REPLACE FUNCTION public.worker_presence(p_uid uuid)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  number int;
BEGIN
  SELECT id INTO number FROM worker WHERE uid = p_uid;
  IF number IS NULL THEN
    RAISE EXCEPTION 'worker % has not announced itself', p_uid;
  END IF;
  PERFORM pg_advisory_lock(presence_class(), number);
  UPDATE worker SET has_presence = true, presence_free_since = NULL WHERE uid = p_uid;
  RETURN number;
END $function$
