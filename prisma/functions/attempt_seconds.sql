CREATE OR REPLACE FUNCTION public.attempt_seconds(p_attempt attempt)
 RETURNS double precision
 LANGUAGE sql
AS $function$
  SELECT coalesce(p_attempt.seconds,
    extract(epoch FROM clock_timestamp() - p_attempt.started_at)::float8 / greatest(p_attempt.pack_size, 1))
$function$
