CREATE OR REPLACE FUNCTION public.run_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM announce_run(NEW);
  RETURN NULL;
END $function$
