CREATE OR REPLACE FUNCTION public.asks_for_no_files(p_plan jsonb)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT coalesce(p_plan -> 'extractors', '{}') = '{}' AND coalesce(p_plan -> 'plugins', '{}') = '{}'
$function$
