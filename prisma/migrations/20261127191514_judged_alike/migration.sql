-- Runs that sweeps share are scored for all of them: by as many samples as each wants, and for those that are paused, too.

-- Whether the number of fakes of a protocol is that of the plan, and not its own.
CREATE FUNCTION samples_matter(p_protocol text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT NOT (p_protocol LIKE '%2d/v1'
    OR p_protocol IN ('modes-lenet/v1', 'stability/v1', 'speed-js/v1', 'speed-fd-points/v1', 'd-response/v1', 'd-gradient/v1'))
$$;

-- As before, and by as many fakes as the sweep wants: `swd` looks at 256 at most, points of the plane are always as many.
CREATE OR REPLACE FUNCTION run_is_judged(p_run bigint, p_plan jsonb) RETURNS boolean LANGUAGE sql STABLE AS $$
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
$$;

-- As before, of paused sweeps as well, and by one number of samples where that matters: the most that any sweep wants is drawn.
CREATE OR REPLACE FUNCTION run_will_be_judged(p_run run, p_plan jsonb) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(p_plan -> 'judgedBy', '[]') = '[]'
    OR coalesce(bool_and(plans_agree(s.plan, p_plan)), true)
      AND (coalesce(bool_and(s.plan ->> 'samples' = p_plan ->> 'samples'), true)
        OR NOT EXISTS (SELECT FROM jsonb_array_elements_text(p_plan -> 'judgedBy') AS p (id) WHERE samples_matter(p.id)))
      AND (p_run.state <> 'running' OR coalesce(bool_or(s.plan -> 'protocols' @> (p_plan -> 'judgedBy')), false))
  FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id
  WHERE m.run_id = p_run.id AND s.state IN ('expanding', 'active', 'paused')
$$;

-- What the sweeps that hold a run ask of an attempt that begins now. A paused one wants no training for now, but the scores of
-- what others train: nobody measures them afterwards.
CREATE OR REPLACE FUNCTION run_plans(p_run bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT coalesce(jsonb_agg(
    s.plan || CASE WHEN s.state = 'paused' THEN '{"untilImages": 0}'::jsonb
      WHEN m.until_images IS NOT NULL THEN jsonb_build_object('untilImages', m.until_images) ELSE '{}' END ORDER BY s.id), '[]')
  FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id
  WHERE m.run_id = p_run AND s.state IN ('expanding', 'active', 'paused') AND NOT m.stopped
$$;

-- As before, and what scores of paused sweeps need.
CREATE OR REPLACE FUNCTION run_needs(p_run bigint) RETURNS text[] LANGUAGE sql STABLE AS $$
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
      WHERE m.run_id = p_run AND s.state IN ('expanding', 'active', 'paused')
      ORDER BY kind, e.key, s.id DESC
    ) AS wanted
  ) AS n (need) WHERE n.need IS NOT NULL
$$;
