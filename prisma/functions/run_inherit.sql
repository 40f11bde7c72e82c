CREATE OR REPLACE FUNCTION public.run_inherit(p_run run)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
DECLARE
  source run;
  last attempt;
BEGIN
  IF p_run.continues IS NULL OR p_run.restart_epoch >= 0 OR EXISTS (SELECT FROM attempt a WHERE a.run_id = p_run.id) THEN
    RETURN true;
  END IF;
  SELECT * INTO source FROM run r WHERE r.uid = p_run.continues FOR KEY SHARE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN NOT EXISTS (SELECT FROM run r WHERE r.uid = p_run.continues);
  END IF;
  SELECT * INTO STRICT last FROM attempt a WHERE a.run_id = source.id ORDER BY a.epoch DESC LIMIT 1;
  INSERT INTO attempt (run_id, epoch, worker_id, slot, resume_images, started_at, ended_at, ended_as, images_seen, seconds,
    backend_name, backend_version, backend_device)
  SELECT p_run.id, 0, last.worker_id, last.slot, 0, min(a.started_at), max(a.ended_at), 'inherited', source.images_seen, 0,
    last.backend_name, last.backend_version, last.backend_device
  FROM attempt a WHERE a.run_id = source.id;
  INSERT INTO metric (run_id, epoch, name_id, images_seen, value, recorded_at)
  SELECT p_run.id, 0, m.name_id, m.images_seen, m.value, m.recorded_at FROM canonical_metric m WHERE m.run_id = source.id;
  WITH taken AS (
    INSERT INTO evaluation (run_id, epoch, images_seen, protocol, passport, seconds, created_at)
    SELECT p_run.id, 0, e.images_seen, e.protocol, e.passport, 0, e.created_at FROM canonical_evaluation e WHERE e.run_id = source.id
    RETURNING id, images_seen, protocol
  )
  INSERT INTO score (evaluation_id, name, value)
  SELECT t.id, s.name, s.value FROM taken t
  JOIN canonical_evaluation e ON e.run_id = source.id AND e.images_seen = t.images_seen AND e.protocol = t.protocol
  JOIN score s ON s.evaluation_id = e.id;
  INSERT INTO sample (run_id, epoch, images_seen, artifact, created_at)
  SELECT p_run.id, 0, s.images_seen, s.artifact, s.created_at FROM canonical_sample s WHERE s.run_id = source.id;
  INSERT INTO panel (run_id, epoch, images_seen, name, picture, data, created_at)
  SELECT p_run.id, 0, p.images_seen, p.name, p.picture, p.data, p.created_at FROM canonical_panel p WHERE p.run_id = source.id;
  INSERT INTO checkpoint (run_id, epoch, images_seen, kind, artifact, sha256, bytes, created_at)
  SELECT p_run.id, 0, c.images_seen, c.kind, c.artifact, c.sha256, c.bytes, c.created_at
  FROM canonical_checkpoint c WHERE c.run_id = source.id;
  RETURN true;
END $function$
