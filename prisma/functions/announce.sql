CREATE OR REPLACE FUNCTION public.announce(p_type text, p_payload jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  INSERT INTO event (type, payload) VALUES (p_type, p_payload);
  PERFORM pg_notify('gansweep_events', '');
END $function$
