CREATE OR REPLACE FUNCTION public.run_needs(p_run bigint)
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
$function$
