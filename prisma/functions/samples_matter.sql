CREATE OR REPLACE FUNCTION public.samples_matter(p_protocol text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT NOT (p_protocol LIKE '%2d/v1'
    OR p_protocol IN ('modes-lenet/v1', 'stability/v1', 'speed-js/v1', 'speed-fd-points/v1', 'd-response/v1', 'd-gradient/v1'))
$function$
