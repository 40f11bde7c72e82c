CREATE OR REPLACE FUNCTION public.members_until()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  UPDATE sweep_run m SET until_images = (s.plan #>> '{rungs,0}')::bigint FROM added a JOIN sweep s ON s.id = a.sweep_id
  WHERE m.sweep_id = a.sweep_id AND m.idx = a.idx AND jsonb_array_length(coalesce(s.plan -> 'rungs', '[]')) > 0;
  RETURN NULL;
END $function$
