CREATE OR REPLACE FUNCTION public.plans_agree(p_one jsonb, p_other jsonb)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT NOT EXISTS (
    SELECT FROM (VALUES ('extractors'), ('plugins')) AS k (kind), jsonb_each_text(coalesce(p_one -> k.kind, '{}')) AS given
    WHERE p_other -> k.kind ->> given.key <> given.value)
$function$
