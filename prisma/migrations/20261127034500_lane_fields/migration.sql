-- Runs of a pack may differ in E's learning rate, and in the weights of lazy R1 and of path lengths where all have them on or all off.
CREATE OR REPLACE FUNCTION pack_shape(p_configuration jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT ((p_configuration - ARRAY[
    'lrG', 'lrD', 'lrE', 'weightDecay', 'realLabel', 'fakeLabel', 'beta1', 'beta1G', 'beta1D', 'beta2', 'adamEps', 'sgdMomentum',
    'gpWeight', 'lrStepFirst', 'lrStepSecond', 'noise', 'images', 'truncation'
  ]) || (
    SELECT jsonb_object_agg(trick, coalesce((p_configuration ->> trick)::float8 > 0, false))
    FROM unnest(ARRAY['labelNoise', 'freezeRatio', 'instanceNoise', 'ema', 'styleMixing', 'r1Gamma', 'pathLengthWeight']) AS trick
  ))::text
$$;
