CREATE OR REPLACE FUNCTION public.pack_shape(p_configuration jsonb)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
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
$function$
