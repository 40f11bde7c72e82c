CREATE OR REPLACE FUNCTION public.sweep_set_state(p_sweep bigint, p_state text, p_because text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  members bigint[];
  unwanted bigint[];
BEGIN
  UPDATE sweep SET state = p_state, paused_because = p_because,
    ended_at = CASE WHEN p_state IN ('done', 'cancelled') THEN clock_timestamp() END WHERE id = p_sweep;
  SELECT coalesce(array_agg(r.id), '{}') INTO members FROM (
    SELECT r.id FROM run r JOIN sweep_run m ON m.run_id = r.id WHERE m.sweep_id = p_sweep AND r.ended_at IS NULL
    ORDER BY r.id FOR NO KEY UPDATE OF r
  ) r;
  IF p_state = 'cancelled' THEN
    SELECT coalesce(array_agg(m.run_id), '{}') INTO unwanted FROM (
      SELECT m.run_id FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id
      WHERE m.run_id = ANY (members) GROUP BY m.run_id HAVING bool_and(s.state = 'cancelled')
    ) m;
    UPDATE run SET cancel_requested = true WHERE id = ANY (unwanted) AND state = 'running' AND NOT cancel_requested;
    PERFORM set_config('gansweep.bulk', 'on', true);
    WITH ended AS (
      UPDATE run SET state = 'cancelled', not_before = NULL, ended_at = clock_timestamp()
      WHERE id = ANY (unwanted) AND state IN ('queued', 'retry-wait') RETURNING *
    )
    INSERT INTO result (run_id, epoch, kind, images_seen, created_at)
    SELECT id, epoch, 'cancelled', images_seen, ended_at FROM ended;
    PERFORM set_config('gansweep.bulk', 'off', true);
  END IF;
  PERFORM run_refresh_hold(members);
END $function$
