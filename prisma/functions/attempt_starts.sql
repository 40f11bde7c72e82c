CREATE OR REPLACE FUNCTION public.attempt_starts(p_ids bigint[], p_epochs integer[], p_starts jsonb)
 RETURNS void
 LANGUAGE sql
AS $function$
  UPDATE attempt a SET backend_name = s ->> 'backend', backend_version = s ->> 'version', backend_device = s ->> 'device',
    resume_images = least(a.resume_images, (s ->> 'resumedAtImages')::bigint)
  FROM jsonb_array_elements(p_starts) AS s
  WHERE s ? 'backend' AND a.run_id = p_ids[(s ->> 'run')::int] AND a.epoch = p_epochs[(s ->> 'run')::int];
  UPDATE run r SET images_seen = (s ->> 'resumedAtImages')::bigint,
    rung_images = least(r.rung_images, (s ->> 'resumedAtImages')::bigint)
  FROM jsonb_array_elements(p_starts) AS s
  WHERE s ? 'backend' AND r.id = p_ids[(s ->> 'run')::int] AND r.images_seen > (s ->> 'resumedAtImages')::bigint
    AND NOT EXISTS (SELECT FROM metric m WHERE m.run_id = r.id AND m.epoch = r.epoch);
  UPDATE attempt a SET peak_memory_mib = greatest(a.peak_memory_mib, (s ->> 'peakMemoryMib')::float8)
  FROM jsonb_array_elements(p_starts) AS s
  WHERE s ? 'peakMemoryMib' AND a.run_id = p_ids[(s ->> 'run')::int] AND a.epoch = p_epochs[(s ->> 'run')::int]
$function$
