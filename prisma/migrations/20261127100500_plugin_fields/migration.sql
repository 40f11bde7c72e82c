-- Runs of a pack may differ in the numbers that their loss or noise law from a plugin brings: `focal.gamma` of the loss
-- `plugin:focal`.
CREATE OR REPLACE FUNCTION pack_shape(p_configuration jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT ((p_configuration - ARRAY[
    'lrG', 'lrD', 'lrE', 'weightDecay', 'realLabel', 'fakeLabel', 'beta1', 'beta1G', 'beta1D', 'beta2', 'adamEps', 'sgdMomentum',
    'gpWeight', 'lrStepFirst', 'lrStepSecond', 'noise', 'images', 'truncation', 'adaKimg'
  ] - CASE WHEN p_configuration ? 'plugins' THEN (
    SELECT coalesce(array_agg(field.key), '{}') FROM jsonb_each(p_configuration) AS field
    WHERE jsonb_typeof(field.value) = 'number' AND strpos(field.key, '.') > 0
      AND 'plugin:' || split_part(field.key, '.', 1) IN (p_configuration ->> 'loss', p_configuration ->> 'noise')
  ) ELSE '{}'::text[] END) || (
    SELECT jsonb_object_agg(trick, coalesce((p_configuration ->> trick)::float8 > 0, false))
    FROM unnest(ARRAY[
      'labelNoise', 'freezeRatio', 'instanceNoise', 'ema', 'styleMixing', 'r1Gamma', 'pathLengthWeight', 'adaTarget', 'adaP'
    ]) AS trick
  ))::text
$$;

-- A configuration may use several plugins: `name@hash`, a space between two.
CREATE OR REPLACE FUNCTION run_needs(p_run bigint) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(DISTINCT n.need), '{}') FROM (
    SELECT 'trainer ' || (t.configuration ->> 'trainer') FROM run r JOIN trial t ON t.id = r.trial_id WHERE r.id = p_run
    UNION ALL
    SELECT 'plugin ' || plugin.file
    FROM run r JOIN trial t ON t.id = r.trial_id, string_to_table(t.configuration ->> 'plugins', ' ') AS plugin (file)
    WHERE r.id = p_run
    UNION ALL
    SELECT 'extractor ' || e.key || '@' || left(e.value, 16)
    FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id, jsonb_each_text(s.plan -> 'extractors') AS e
    WHERE m.run_id = p_run AND s.state IN ('expanding', 'active')
  ) AS n (need) WHERE n.need IS NOT NULL
$$;
