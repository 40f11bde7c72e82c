CREATE OR REPLACE FUNCTION public.retry_delay(p_nth integer)
 RETURNS interval
 LANGUAGE sql
AS $function$
  SELECT least(300, power(2, least(p_nth, 10) - 1)) * (0.75 + random() / 2) * interval '1 second'
$function$
