CREATE OR REPLACE FUNCTION public.members_need()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  UPDATE run r SET needs = run_needs(r.id) FROM added a JOIN sweep s ON s.id = a.sweep_id, trial t
  WHERE r.id = a.run_id AND t.id = r.trial_id AND r.ended_at IS NULL
    AND (s.plan ?| ARRAY['extractors', 'plugins'] OR t.configuration ?| ARRAY['trainer', 'plugins']);
  RETURN NULL;
END $function$
