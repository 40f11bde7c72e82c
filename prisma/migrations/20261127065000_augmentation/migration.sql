-- Runs of a pack may differ in the probability of augmentations and in what it adapts to, where all have it on or all off.
CREATE OR REPLACE FUNCTION pack_shape(p_configuration jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT ((p_configuration - ARRAY[
    'lrG', 'lrD', 'lrE', 'weightDecay', 'realLabel', 'fakeLabel', 'beta1', 'beta1G', 'beta1D', 'beta2', 'adamEps', 'sgdMomentum',
    'gpWeight', 'lrStepFirst', 'lrStepSecond', 'noise', 'images', 'truncation', 'adaKimg'
  ]) || (
    SELECT jsonb_object_agg(trick, coalesce((p_configuration ->> trick)::float8 > 0, false))
    FROM unnest(ARRAY[
      'labelNoise', 'freezeRatio', 'instanceNoise', 'ema', 'styleMixing', 'r1Gamma', 'pathLengthWeight', 'adaTarget', 'adaP'
    ]) AS trick
  ))::text
$$;
