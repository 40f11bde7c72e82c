CREATE OR REPLACE FUNCTION public.run_guard()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF NEW.epoch < OLD.epoch THEN
    RAISE EXCEPTION 'run %: the epoch may not fall from % to %', OLD.uid, OLD.epoch, NEW.epoch;
  END IF;
  IF NEW.state = OLD.state THEN
    IF OLD.ended_at IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
      RAISE EXCEPTION 'run %: % is final and may not change', OLD.uid, OLD.state;
    END IF;
    IF NEW.epoch <> OLD.epoch THEN
      RAISE EXCEPTION 'run %: the epoch changes only with the state', OLD.uid;
    END IF;
    RETURN NEW;
  END IF;
  IF NOT (CASE OLD.state
    WHEN 'queued' THEN NEW.state IN ('running', 'cancelled', 'pruned', 'quarantined')
    WHEN 'running' THEN true
    WHEN 'retry-wait' THEN NEW.state IN ('queued', 'cancelled', 'pruned')
    WHEN 'failed' THEN NEW.state = 'queued'
    WHEN 'quarantined' THEN NEW.state = 'queued'
    WHEN 'cancelled' THEN NEW.state = 'queued'
    ELSE false
  END) THEN
    RAISE EXCEPTION 'run %: % may not become %', OLD.uid, OLD.state, NEW.state;
  END IF;
  IF NEW.state = 'running' AND NEW.epoch <> OLD.epoch + 1 THEN
    RAISE EXCEPTION 'run %: a claim raises the epoch by one, not from % to %', OLD.uid, OLD.epoch, NEW.epoch;
  END IF;
  RETURN NEW;
END $function$
