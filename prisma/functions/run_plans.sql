CREATE OR REPLACE FUNCTION public.run_plans(p_run bigint)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  SELECT coalesce(jsonb_agg(
    s.plan || CASE WHEN s.state = 'paused' THEN '{"untilImages": 0}'::jsonb
      WHEN m.until_images IS NOT NULL THEN jsonb_build_object('untilImages', m.until_images) ELSE '{}' END ORDER BY s.id), '[]')
  FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id
  WHERE m.run_id = p_run AND (s.state IN ('expanding', 'active') OR s.state = 'paused' AND asks_for_no_files(s.plan)) AND NOT m.stopped
$function$
