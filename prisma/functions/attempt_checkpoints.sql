CREATE OR REPLACE FUNCTION public.attempt_checkpoints(p_ids bigint[], p_epochs integer[], p_checkpoints jsonb)
 RETURNS void
 LANGUAGE sql
AS $function$
  INSERT INTO checkpoint (run_id, epoch, images_seen, kind, artifact, sha256, bytes, created_at)
  SELECT p_ids[(c ->> 'run')::int], p_epochs[(c ->> 'run')::int], (c ->> 'imagesSeen')::bigint, c ->> 'kind', c ->> 'artifact',
    c ->> 'sha256', (c ->> 'bytes')::bigint, clock_timestamp()
  FROM jsonb_array_elements(p_checkpoints) AS c WHERE p_ids[(c ->> 'run')::int] IS NOT NULL
  ON CONFLICT DO NOTHING
$function$
