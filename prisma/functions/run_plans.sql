CREATE OR REPLACE FUNCTION public.run_plans(p_run bigint)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  SELECT coalesce(jsonb_agg(
    CASE WHEN m.until_images IS NULL THEN s.plan ELSE s.plan || jsonb_build_object('untilImages', m.until_images) END ORDER BY s.id), '[]')
  FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id
  WHERE m.run_id = p_run AND s.state IN ('expanding', 'active') AND NOT m.stopped
$function$
