-- A trainer that dies before it takes a run costs that run nothing, and must not do so for ever: so many claims in a row end
-- it as failed, with the reason. And a worker says which of its slots are unwell.

ALTER TABLE "run" ADD COLUMN "n_untaken" SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE "worker" ADD COLUMN "unwell" JSONB NOT NULL DEFAULT '[]';

DROP FUNCTION run_release(uuid, int, float8);
-- @param p_untaken how its trainer died before it took the run; NULL where the worker gives it back for another reason.
CREATE FUNCTION run_release(p_uid uuid, p_epoch int, p_seconds float8, p_untaken text DEFAULT NULL)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  mine run := run_lock(p_uid, p_epoch);
  before attempt;
  untaken int := 0;
BEGIN
  IF mine.id IS NULL THEN
    RETURN 'fenced';
  END IF;
  IF p_untaken IS NOT NULL THEN
    SELECT * INTO before FROM attempt a WHERE a.run_id = mine.id AND a.epoch < mine.epoch ORDER BY a.epoch DESC LIMIT 1;
    -- In a row: an attempt in between that began, or ended otherwise, begins the count anew.
    untaken := 1 + CASE WHEN before.ended_as = 'released' AND before.failure_message IS NOT NULL THEN mine.n_untaken ELSE 0 END;
  END IF;
  PERFORM attempt_end(mine, 'released', p_seconds, CASE WHEN p_untaken IS NULL THEN NULL ELSE 'infra' END, p_untaken);
  IF mine.cancel_requested THEN
    PERFORM run_end(mine.id, 'cancelled', NULL, NULL, NULL, NULL, false);
  ELSIF mine.prune_requested THEN
    PERFORM run_end(mine.id, 'pruned', NULL, NULL, NULL, NULL, false);
  ELSIF untaken >= 5 THEN
    PERFORM run_end(mine.id, 'failed', NULL, NULL, 'infra', format(
      'No trainer lived long enough to begin it: %s claims in a row ended before the start, the last on %s because %s. '
      'See what ails the worker (gansweep list, gansweep doctor), then retry the run.',
      untaken, (SELECT w.host FROM worker w WHERE w.id = mine.worker_id), p_untaken), false);
  ELSE
    UPDATE run SET state = 'queued', worker_id = NULL, slot = NULL, lease_until = NULL, lease_ms = NULL, n_untaken = untaken,
      boost = 1, priority = priority + 1 - boost WHERE id = mine.id;
  END IF;
  RETURN 'recorded';
END $$;

DROP FUNCTION worker_beat(uuid, text, int, text, text, int, text, text[]);
CREATE FUNCTION worker_beat(p_uid uuid, p_host text, p_pid int, p_backend text, p_device text, p_slots int, p_state text,
  p_offers text[] DEFAULT NULL, p_unwell jsonb DEFAULT '[]')
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO worker AS w (uid, host, pid, backend, device, slots, state, offers, unwell, last_seen)
  VALUES (p_uid, p_host, p_pid, p_backend, p_device, p_slots, p_state, p_offers, p_unwell, clock_timestamp())
  ON CONFLICT (uid) DO UPDATE SET host = p_host, pid = p_pid, backend = p_backend, device = p_device, slots = p_slots,
    state = CASE WHEN w.cordoned_until > clock_timestamp() THEN 'cordoned' ELSE p_state END,
    offers = p_offers, unwell = p_unwell, last_seen = clock_timestamp(), ended_at = NULL
$$;
REVOKE EXECUTE ON FUNCTION run_release, worker_beat FROM PUBLIC;

DROP TRIGGER worker_changed ON worker;
CREATE TRIGGER worker_changed AFTER UPDATE ON worker FOR EACH ROW
  WHEN (OLD.state <> NEW.state OR OLD.unwell <> NEW.unwell OR (OLD.ended_at IS NULL) <> (NEW.ended_at IS NULL))
  EXECUTE FUNCTION worker_changed();

CREATE OR REPLACE FUNCTION run_retry(p_run uuid, p_fresh boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  target run;
BEGIN
  PERFORM sweep_lock();
  SELECT * INTO target FROM run WHERE uid = p_run FOR NO KEY UPDATE;
  IF target.id IS NULL THEN
    RETURN 'not-found';
  END IF;
  IF target.state NOT IN ('failed', 'quarantined', 'cancelled') OR NOT EXISTS (
    SELECT FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id WHERE m.run_id = target.id AND s.state <> 'cancelled')
  THEN
    RETURN 'conflict';
  END IF;
  DELETE FROM result WHERE run_id = target.id;
  UPDATE run SET state = 'queued', ended_at = NULL, cancel_requested = false, prune_requested = false, boost = 1,
    n_infra = 0, n_crash = 0, n_oom = 0, n_hang = 0, n_noprogress = 0, n_untaken = 0,
    restart_epoch = CASE WHEN p_fresh THEN epoch ELSE restart_epoch END,
    images_seen = CASE WHEN p_fresh THEN 0 ELSE images_seen END
  WHERE id = target.id;
  UPDATE sweep s SET state = CASE WHEN s.next_index < s.run_count THEN 'expanding' ELSE 'active' END, ended_at = NULL
  FROM sweep_run m WHERE m.sweep_id = s.id AND m.run_id = target.id AND s.state = 'done';
  PERFORM run_refresh_hold(ARRAY[target.id]);
  RETURN 'ok';
END $$;
