CREATE OR REPLACE FUNCTION public.run_will_be_judged(p_run run, p_plan jsonb)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  SELECT coalesce(p_plan -> 'judgedBy', '[]') = '[]'
    OR coalesce(bool_and(plans_agree(s.plan, p_plan)), true)
      AND (p_run.state <> 'running' OR coalesce(bool_or(s.plan -> 'protocols' @> (p_plan -> 'judgedBy')), false))
  FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id
  WHERE m.run_id = p_run.id AND s.state IN ('expanding', 'active')
$function$
