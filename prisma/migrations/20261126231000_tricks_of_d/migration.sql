-- Share of an interval's updates of D that the freeze rule skipped.
INSERT INTO metric_name (id, name) VALUES (18, 'frozenD');

-- Runs of a pack may differ in the strength of these tricks, but all have one on or all have it off: a program without it
-- pays nothing for it. Configurations of before have none of them.
CREATE OR REPLACE FUNCTION pack_shape(p_configuration jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN p_configuration ->> 'model' = 'mlp2d' THEN ((p_configuration - ARRAY[
    'lrG', 'lrD', 'weightDecay', 'realLabel', 'fakeLabel', 'beta1', 'beta2', 'adamEps', 'sgdMomentum', 'noise', 'images'
  ]) || (
    SELECT jsonb_object_agg(trick, coalesce((p_configuration ->> trick)::float8 > 0, false))
    FROM unnest(ARRAY['labelNoise', 'freezeRatio', 'instanceNoise']) AS trick
  ))::text END
$$;
