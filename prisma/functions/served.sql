CREATE OR REPLACE FUNCTION public.served(p_needs text[], p_offers text[])
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT p_offers IS NULL OR coalesce(p_needs, '{}') <@ p_offers
$function$
