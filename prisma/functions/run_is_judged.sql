CREATE OR REPLACE FUNCTION public.run_is_judged(p_run bigint, p_plan jsonb)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  SELECT NOT EXISTS (
    SELECT FROM jsonb_array_elements_text(coalesce(p_plan -> 'judgedBy', '[]')) AS wanted (protocol)
    WHERE NOT EXISTS (
      SELECT FROM canonical_evaluation e
      WHERE e.run_id = p_run AND e.protocol = wanted.protocol
        AND e.images_seen = (SELECT max(l.images_seen) FROM canonical_evaluation l WHERE l.run_id = p_run)
        AND (NOT samples_matter(e.protocol) OR e.passport #>> '{preprocessing,space}' = 'raw points'
          OR coalesce((e.passport #>> '{fake,n}')::int = (p_plan ->> 'samples')::int, true)
          OR e.protocol = 'swd/v1' AND (e.passport #>> '{fake,n}')::int >= least(256, (p_plan ->> 'samples')::int))
        AND coalesce(p_plan -> 'extractors' ->> (e.passport #>> '{extractor,id}') = e.passport #>> '{extractor,weights}', true)
        AND coalesce(p_plan -> 'plugins' ->> split_part(e.passport #>> '{estimator,plugin}', '@', 1)
          = split_part(e.passport #>> '{estimator,plugin}', '@', 2), true)))
$function$
