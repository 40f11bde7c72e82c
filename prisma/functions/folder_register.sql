CREATE OR REPLACE FUNCTION public.folder_register(p_name text, p_data_hash text, p_facts jsonb)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
DECLARE
  newest folder_version;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('gansweep folder ' || p_name));
  SELECT * INTO newest FROM folder_version f WHERE f.name = p_name ORDER BY f.version DESC LIMIT 1;
  IF newest.facts = p_facts THEN
    RETURN newest.version;
  END IF;
  INSERT INTO folder_version (name, version, data_hash, facts)
    VALUES (p_name, coalesce(newest.version, 0) + 1, p_data_hash, p_facts);
  RETURN coalesce(newest.version, 0) + 1;
END $function$
