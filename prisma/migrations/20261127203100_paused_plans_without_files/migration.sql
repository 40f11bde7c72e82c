-- A sweep that is paused holds no run up: what scores of it would need, an extractor or a plugin, the worker of an active sweep may not have.

-- Whether scores of a plan need no file that only some machines have.
CREATE FUNCTION asks_for_no_files(p_plan jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(p_plan -> 'extractors', '{}') = '{}' AND coalesce(p_plan -> 'plugins', '{}') = '{}'
$$;

-- As before, of paused sweeps those whose scores any worker can make.
CREATE OR REPLACE FUNCTION run_plans(p_run bigint)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  SELECT coalesce(jsonb_agg(
    s.plan || CASE WHEN s.state = 'paused' THEN '{"untilImages": 0}'::jsonb
      WHEN m.until_images IS NOT NULL THEN jsonb_build_object('untilImages', m.until_images) ELSE '{}' END ORDER BY s.id), '[]')
  FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id
  WHERE m.run_id = p_run AND (s.state IN ('expanding', 'active') OR s.state = 'paused' AND asks_for_no_files(s.plan)) AND NOT m.stopped
$function$;

-- As before, of sweeps that are not paused.
CREATE OR REPLACE FUNCTION run_needs(p_run bigint)
 RETURNS text[]
 LANGUAGE sql
 STABLE
AS $function$
  SELECT coalesce(array_agg(DISTINCT n.need), '{}') FROM (
    SELECT 'trainer ' || (t.configuration ->> 'trainer') FROM run r JOIN trial t ON t.id = r.trial_id WHERE r.id = p_run
    UNION ALL
    SELECT 'plugin ' || plugin.file
    FROM run r JOIN trial t ON t.id = r.trial_id, string_to_table(t.configuration ->> 'plugins', ' ') AS plugin (file)
    WHERE r.id = p_run
    UNION ALL
    SELECT wanted.kind || ' ' || wanted.name || '@' || wanted.hash FROM (
      SELECT DISTINCT ON (kind, e.key) kind, e.key AS name, left(e.value, 16) AS hash
      FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id
        CROSS JOIN LATERAL (VALUES ('extractor', s.plan -> 'extractors'), ('plugin', s.plan -> 'plugins')) AS given (kind, files)
        CROSS JOIN LATERAL jsonb_each_text(given.files) AS e
      WHERE m.run_id = p_run AND s.state IN ('expanding', 'active')
      ORDER BY kind, e.key, s.id DESC
    ) AS wanted
  ) AS n (need) WHERE n.need IS NOT NULL
$function$;

-- As before; a run that trains is scored for a paused sweep only as `run_plans` says.
CREATE OR REPLACE FUNCTION run_will_be_judged(p_run run, p_plan jsonb)
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
$function$;
