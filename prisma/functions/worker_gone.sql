CREATE OR REPLACE FUNCTION public.worker_gone(p_uid uuid)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  UPDATE worker SET ended_at = clock_timestamp() WHERE uid = p_uid AND ended_at IS NULL
$function$
