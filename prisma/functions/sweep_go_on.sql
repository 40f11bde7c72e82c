CREATE OR REPLACE FUNCTION public.sweep_go_on(p_sweep uuid, p_run uuid[], p_until bigint[])
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
DECLARE
  target bigint := sweep_open_members(p_sweep);
  moved bigint[];
BEGIN
  WITH wanted AS (
    UPDATE sweep_run m SET until_images = p.until
    FROM unnest(p_run, p_until) AS p (uid, until), run r
    WHERE m.sweep_id = target AND r.id = m.run_id AND r.uid = p.uid AND NOT m.stopped AND m.until_images < coalesce(p.until, 'infinity'::float8)
    RETURNING m.run_id
  )
  SELECT coalesce(array_agg(w.run_id), '{}') INTO moved FROM wanted w;
  PERFORM run_refresh_hold(moved);
  RETURN cardinality(moved);
END $function$
