CREATE OR REPLACE FUNCTION public.pack_shape_of(p_uid uuid)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  SELECT pack_shape(t.configuration) FROM run r JOIN trial t ON t.id = r.trial_id WHERE r.uid = p_uid
$function$
