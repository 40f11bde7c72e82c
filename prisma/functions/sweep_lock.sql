CREATE OR REPLACE FUNCTION public.sweep_lock()
 RETURNS void
 LANGUAGE sql
AS $function$ SELECT pg_advisory_xact_lock(hashtext('gansweep sweeps')) $function$
