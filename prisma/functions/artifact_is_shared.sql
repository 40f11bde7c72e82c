CREATE OR REPLACE FUNCTION public.artifact_is_shared(p_artifact text, p_own bigint[])
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  SELECT EXISTS (
      SELECT FROM run r WHERE r.uid = substring(p_artifact FROM '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}')::uuid AND r.id <> ALL (p_own))
    OR EXISTS (SELECT FROM checkpoint c WHERE c.epoch = 0 AND c.artifact = p_artifact AND c.run_id <> ALL (p_own))
    OR EXISTS (SELECT FROM sample s WHERE s.epoch = 0 AND s.artifact = p_artifact AND s.run_id <> ALL (p_own))
    OR EXISTS (SELECT FROM panel p WHERE p.epoch = 0 AND p.picture = p_artifact AND p.run_id <> ALL (p_own))
    OR EXISTS (SELECT FROM panel p WHERE p.epoch = 0 AND p.data = p_artifact AND p.run_id <> ALL (p_own))
$function$
