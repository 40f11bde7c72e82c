CREATE OR REPLACE FUNCTION public.night_finish(p_uid uuid, p_report jsonb, p_baseline jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
BEGIN
  UPDATE night SET state = 'done', report = p_report, ended_at = CURRENT_TIMESTAMP WHERE uid = p_uid AND state = 'running';
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF p_baseline IS NOT NULL THEN
    INSERT INTO baseline (name, facts) VALUES (p_baseline ->> 'name', p_baseline)
      ON CONFLICT (name) DO UPDATE SET facts = EXCLUDED.facts, saved_at = CURRENT_TIMESTAMP;
  END IF;
  RETURN true;
END $function$
