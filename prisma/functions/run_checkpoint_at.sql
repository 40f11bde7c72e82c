CREATE OR REPLACE FUNCTION public.run_checkpoint_at(p_run bigint, p_restart_epoch integer)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  SELECT coalesce(max(c.images_seen), 0) FROM canonical_checkpoint c
  WHERE c.run_id = p_run AND c.kind = 'full' AND c.epoch > p_restart_epoch
$function$
