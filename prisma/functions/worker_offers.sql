CREATE OR REPLACE FUNCTION public.worker_offers(p_uid uuid)
 RETURNS text[]
 LANGUAGE sql
 STABLE
AS $function$
  SELECT w.offers FROM worker w WHERE w.uid = p_uid
$function$
