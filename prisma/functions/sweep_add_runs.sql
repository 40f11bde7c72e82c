CREATE OR REPLACE FUNCTION public.sweep_add_runs(p_sweep bigint, p_index integer[], p_uid uuid[], p_trial text[], p_seed bigint[], p_data_hash text[], p_trial_id text[], p_configuration text[], p_continues uuid[] DEFAULT NULL::uuid[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
  target sweep;
  adopted bigint[];
BEGIN
  SELECT * INTO STRICT target FROM sweep WHERE id = p_sweep FOR NO KEY UPDATE;
  INSERT INTO trial (id, configuration)
  SELECT t.id, t.configuration::jsonb FROM unnest(p_trial_id, p_configuration) AS t (id, configuration)
  ON CONFLICT DO NOTHING;
  PERFORM FROM run r WHERE r.id IN (
    SELECT n.id FROM unnest(p_trial, p_seed, p_data_hash) AS w (trial, seed, data_hash)
    CROSS JOIN LATERAL (
      SELECT o.id FROM run o WHERE o.trial_id = w.trial AND o.seed = w.seed AND o.data_hash = w.data_hash
        AND o.training_version = target.training_version ORDER BY o.replica DESC LIMIT 1
    ) n
  ) ORDER BY r.id FOR NO KEY UPDATE;
  WITH wanted AS (
    SELECT * FROM unnest(p_index, p_uid, p_trial, p_seed, p_data_hash, p_continues) AS w (idx, uid, trial, seed, data_hash, continues)
  ), newest AS (
    SELECT w.*, n.id AS run_id, coalesce(n.replica + 1, 0) AS next_replica, n.id IS NOT NULL AND target.reuse AND (
        n.state = 'diverged'
        OR n.state = 'succeeded' AND (n.ended_by = 'images' OR n.run_minutes IS NOT DISTINCT FROM target.run_minutes)
          AND run_is_judged(n.id, target.plan)
        OR n.state IN ('queued', 'running', 'retry-wait') AND NOT n.cancel_requested AND NOT n.prune_requested
          AND n.run_minutes IS NOT DISTINCT FROM target.run_minutes AND run_will_be_judged(n.self, target.plan)
      ) AS fit
    FROM wanted w LEFT JOIN LATERAL (
      SELECT o.*, d.ended_by, o AS self FROM run o LEFT JOIN result d ON d.run_id = o.id
      WHERE o.trial_id = w.trial AND o.seed = w.seed AND o.data_hash = w.data_hash
        AND o.training_version = target.training_version ORDER BY o.replica DESC LIMIT 1
    ) n ON true
  ), made AS (
    INSERT INTO run (uid, trial_id, seed, data_hash, training_version, replica, run_minutes, held, priority, continues,
      restart_epoch)
    SELECT n.uid, n.trial, n.seed, n.data_hash, target.training_version, n.next_replica, target.run_minutes,
      target.state IN ('expanding', 'active'), target.priority, n.continues, CASE WHEN n.continues IS NULL THEN 0 ELSE -1 END
    FROM newest n WHERE NOT n.fit ORDER BY n.idx
    RETURNING id, run.uid
  ), members AS (
    INSERT INTO sweep_run (sweep_id, idx, run_id, adopted)
    SELECT p_sweep, n.idx, coalesce(m.id, n.run_id), m.id IS NULL FROM newest n LEFT JOIN made m ON m.uid = n.uid
    RETURNING sweep_run.run_id, sweep_run.adopted
  )
  SELECT coalesce(array_agg(m.run_id) FILTER (WHERE m.adopted), '{}') INTO adopted FROM members m;
  UPDATE sweep SET next_index = next_index + cardinality(p_index), adopted_run_count = adopted_run_count + cardinality(adopted),
    state = CASE WHEN state = 'expanding' AND next_index + cardinality(p_index) = run_count THEN 'active' ELSE state END
  WHERE id = p_sweep;
  PERFORM run_refresh_hold(adopted);
END $function$
