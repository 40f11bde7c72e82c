CREATE OR REPLACE FUNCTION public.run_end(p_run bigint, p_kind text, p_ended_by text, p_bad_tensor text, p_failure_kind text, p_failure_message text, p_bump boolean)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  ended run;
BEGIN
  UPDATE run SET state = p_kind, epoch = epoch + p_bump::int, worker_id = NULL, slot = NULL, lease_until = NULL,
    lease_ms = NULL, not_before = NULL, ended_at = clock_timestamp()
  WHERE id = p_run RETURNING * INTO STRICT ended;
  INSERT INTO result (run_id, epoch, kind, images_seen, ended_by, first_bad_tensor, failure_kind, failure_message, created_at)
  VALUES (p_run, ended.epoch, p_kind, ended.images_seen, p_ended_by, p_bad_tensor, p_failure_kind, p_failure_message, ended.ended_at);
END $function$
