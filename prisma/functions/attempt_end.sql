CREATE OR REPLACE FUNCTION public.attempt_end(p_run run, p_as text, p_seconds double precision, p_failure_kind text DEFAULT NULL::text, p_failure_message text DEFAULT NULL::text, p_exit_code integer DEFAULT NULL::integer, p_signal text DEFAULT NULL::text)
 RETURNS void
 LANGUAGE sql
AS $function$
  UPDATE attempt SET ended_at = clock_timestamp(), ended_as = p_as, images_seen = p_run.images_seen, seconds = p_seconds,
    failure_kind = p_failure_kind, failure_message = p_failure_message, exit_code = p_exit_code, signal = p_signal
  WHERE run_id = p_run.id AND epoch = p_run.epoch
$function$
