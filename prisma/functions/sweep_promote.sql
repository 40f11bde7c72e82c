CREATE OR REPLACE FUNCTION public.sweep_promote(p_sweep uuid, p_trial text[], p_until bigint[], p_audit boolean)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
DECLARE
  target bigint := sweep_open_members(p_sweep);
  moved bigint[];
BEGIN
  WITH wanted AS (
    UPDATE sweep_run m SET until_images = p.until, audited = m.audited OR p_audit
    FROM unnest(p_trial, p_until) AS p (trial, until), run r
    WHERE m.sweep_id = target AND r.id = m.run_id AND r.trial_id = p.trial AND NOT m.stopped AND m.until_images < coalesce(p.until, 'infinity'::float8)
    RETURNING m.run_id
  )
  SELECT coalesce(array_agg(w.run_id), '{}') INTO moved FROM wanted w;
  PERFORM run_refresh_hold(moved);
  RETURN cardinality(moved);
END $function$
