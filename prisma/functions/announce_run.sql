CREATE OR REPLACE FUNCTION public.announce_run(p_run run)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM announce('run', jsonb_build_object(
    'id', p_run.uid, 'trialId', p_run.trial_id, 'state', p_run.state, 'epoch', p_run.epoch, 'imagesSeen', p_run.images_seen,
    'sweeps', (SELECT coalesce(jsonb_agg(s.uid), '[]') FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id WHERE m.run_id = p_run.id)));
END $function$
