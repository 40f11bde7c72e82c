CREATE OR REPLACE FUNCTION public.audit(p_since interval)
 RETURNS TABLE(invariant text, violations bigint)
 LANGUAGE sql
 STABLE
AS $function$
  WITH recent AS (SELECT * FROM run WHERE ended_at IS NULL OR ended_at > clock_timestamp() - p_since),
  found (invariant, violations) AS (
    SELECT 'I1 one running attempt a run', count(*) FROM recent r
      WHERE (r.state = 'running') IS DISTINCT FROM EXISTS (
        SELECT FROM attempt a WHERE a.run_id = r.id AND a.ended_at IS NULL AND a.epoch = r.epoch AND a.worker_id = r.worker_id)
    UNION ALL SELECT 'I2 epochs only grow', count(*) FROM recent r
      WHERE EXISTS (SELECT FROM attempt a WHERE a.run_id = r.id AND a.epoch > r.epoch)
    UNION ALL SELECT 'I3 nothing written after its attempt', (
        SELECT count(*) FROM recent r JOIN metric m ON m.run_id = r.id LEFT JOIN attempt a ON a.run_id = m.run_id AND a.epoch = m.epoch
        WHERE a.run_id IS NULL OR m.recorded_at > a.ended_at OR m.recorded_at < a.started_at
      ) + (
        SELECT count(*) FROM recent r JOIN checkpoint c ON c.run_id = r.id LEFT JOIN attempt a ON a.run_id = c.run_id AND a.epoch = c.epoch
        WHERE a.run_id IS NULL OR c.created_at > a.ended_at
      ) + (
        SELECT count(*) FROM recent r JOIN evaluation e ON e.run_id = r.id LEFT JOIN attempt a ON a.run_id = e.run_id AND a.epoch = e.epoch
        WHERE a.run_id IS NULL OR e.created_at > a.ended_at
      )
    UNION ALL SELECT 'I4 one result for every ended run', count(*) FROM recent r LEFT JOIN result d ON d.run_id = r.id
      WHERE (r.ended_at IS NULL) <> (d.run_id IS NULL) OR d.epoch <> r.epoch OR d.kind <> r.state
    UNION ALL SELECT 'I5 one canonical value a point', count(*) FROM (
        SELECT FROM recent r JOIN canonical_metric m ON m.run_id = r.id GROUP BY m.run_id, m.name_id, m.images_seen HAVING count(*) > 1) x
    UNION ALL SELECT 'I7 every index of a sweep has its run', count(*) FROM (
        SELECT FROM sweep s LEFT JOIN sweep_run m ON m.sweep_id = s.id
        WHERE s.ended_at IS NULL OR s.ended_at > clock_timestamp() - p_since
        GROUP BY s.id HAVING count(m.idx) <> s.next_index OR coalesce(max(m.idx) + 1, 0) <> s.next_index
          OR (s.state IN ('active', 'done') AND s.next_index <> s.run_count)) x
    UNION ALL SELECT 'I10 every open run is reachable', count(*) FROM recent r WHERE
        r.state = 'retry-wait' AND r.not_before > clock_timestamp() + interval '1 hour'
        OR r.state = 'running' AND r.lease_until < clock_timestamp() - interval '60 seconds'
        OR r.ended_at IS NULL AND r.held <> EXISTS (
          SELECT FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id WHERE m.run_id = r.id AND s.state IN ('expanding', 'active')
            AND NOT m.stopped AND (m.until_images IS NULL OR m.until_images > r.rung_images))
    UNION ALL SELECT 'I11 a run that waits at a rung has its checkpoint and its scores', count(*) FROM recent r
      WHERE r.ended_at IS NULL AND r.rung_images > 0 AND (
        r.rung_images > run_checkpoint_at(r.id, r.restart_epoch)
        OR NOT EXISTS (SELECT FROM canonical_evaluation e WHERE e.run_id = r.id AND e.images_seen <= r.rung_images))
    UNION ALL SELECT 'I12 a sweep that is done has ended or stopped all its runs', count(*) FROM sweep s
      JOIN sweep_run m ON m.sweep_id = s.id JOIN run r ON r.id = m.run_id
      WHERE s.state = 'done' AND s.ended_at > clock_timestamp() - p_since AND r.ended_at IS NULL AND NOT m.stopped
  )
  SELECT f.invariant, f.violations FROM found f WHERE f.violations > 0
$function$
