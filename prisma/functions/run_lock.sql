CREATE OR REPLACE FUNCTION public.run_lock(p_uid uuid, p_epoch integer)
 RETURNS run
 LANGUAGE sql
AS $function$
  SELECT * FROM run WHERE uid = p_uid AND epoch = p_epoch AND state = 'running' FOR NO KEY UPDATE
$function$
