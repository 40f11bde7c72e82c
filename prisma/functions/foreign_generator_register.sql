CREATE OR REPLACE FUNCTION public.foreign_generator_register(p_name text, p_facts jsonb)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
DECLARE
  known foreign_generator;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('gansweep generator ' || p_name));
  SELECT * INTO known FROM foreign_generator g WHERE g.name = p_name;
  IF known.facts = p_facts THEN
    RETURN 'same';
  END IF;
  DELETE FROM foreign_generator g WHERE g.name = p_name;
  INSERT INTO foreign_generator (name, facts) VALUES (p_name, p_facts);
  RETURN CASE WHEN known.id IS NULL THEN 'new' ELSE 'replaced' END;
END $function$
