CREATE OR REPLACE FUNCTION public.sweep_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM announce('sweep', jsonb_build_object(
    'id', NEW.uid, 'name', NEW.name, 'state', NEW.state, 'runCount', NEW.run_count, 'nextIndex', NEW.next_index));
  RETURN NULL;
END $function$
