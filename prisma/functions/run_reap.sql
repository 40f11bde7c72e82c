CREATE OR REPLACE FUNCTION public.run_reap(p_margin_ms integer, p_grace_ms integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
DECLARE
  margin interval := p_margin_ms * interval '1 millisecond';
  grace interval := p_grace_ms * interval '1 millisecond';
  dead record;
  mine run;
  moved int := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('gansweep reap')) THEN
    RETURN 0;
  END IF;
  UPDATE worker w SET presence_free_since = CASE WHEN p.present THEN NULL ELSE clock_timestamp() END
  FROM (
    SELECT v.id, EXISTS (
      SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.classid = presence_class()::oid AND l.objid = v.id::int::oid
        AND l.objsubid = 2 AND l.granted AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
    ) AS present FROM worker v WHERE v.has_presence AND v.ended_at IS NULL
  ) p
  WHERE w.id = p.id AND p.present = (w.presence_free_since IS NOT NULL);
  UPDATE worker w SET state = 'lost' WHERE w.ended_at IS NULL AND w.state <> 'lost'
    AND pg_postmaster_start_time() + interval '30 seconds' < clock_timestamp()
    AND (w.presence_free_since + grace < clock_timestamp() OR w.last_seen + interval '60 seconds' < clock_timestamp());
  FOR dead IN
    SELECT r.id, r.lease_until + margin < clock_timestamp() AS expired
    FROM run r JOIN worker w ON w.id = r.worker_id
    WHERE r.state = 'running' AND pg_postmaster_start_time() + r.lease_ms * interval '1 millisecond' < clock_timestamp()
      AND (r.lease_until + margin < clock_timestamp() OR w.presence_free_since + grace < clock_timestamp())
    ORDER BY r.id FOR NO KEY UPDATE OF r SKIP LOCKED
  LOOP
    SELECT * INTO STRICT mine FROM run WHERE id = dead.id;
    PERFORM run_expire(mine, CASE WHEN dead.expired THEN 'lease-expired' ELSE 'worker-lost' END);
    moved := moved + 1;
  END LOOP;
  PERFORM run_promote();
  RETURN moved;
END $function$
