CREATE OR REPLACE FUNCTION public.run_will_be_judged(p_run run, p_plan jsonb)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  SELECT coalesce(p_plan -> 'judgedBy', '[]') = '[]'
    OR coalesce(bool_and(plans_agree(s.plan, p_plan)), true)
      AND (coalesce(bool_and(s.plan ->> 'samples' = p_plan ->> 'samples'), true)
        OR NOT EXISTS (SELECT FROM jsonb_array_elements_text(p_plan -> 'judgedBy') AS p (id) WHERE samples_matter(p.id)))
      AND (p_run.state <> 'running' OR coalesce(bool_or((s.state <> 'paused' OR asks_for_no_files(s.plan)) AND s.plan -> 'protocols' @> (p_plan -> 'judgedBy')), false))
  FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id
  WHERE m.run_id = p_run.id AND s.state IN ('expanding', 'active', 'paused')
$function$
