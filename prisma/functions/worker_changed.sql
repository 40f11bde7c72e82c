CREATE OR REPLACE FUNCTION public.worker_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM announce('worker', jsonb_build_object(
    'id', NEW.uid, 'host', NEW.host, 'state', CASE WHEN NEW.ended_at IS NULL THEN NEW.state ELSE 'gone' END));
  RETURN NULL;
END $function$
