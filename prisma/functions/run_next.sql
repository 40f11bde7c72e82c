CREATE OR REPLACE FUNCTION public.run_next(p_limit integer, p_worker uuid)
 RETURNS TABLE(run_uid uuid, configuration jsonb, alone boolean, waiting integer, slots integer)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  WITH line AS (
    SELECT r.uid, r.alone, t.configuration, row_number() OVER (ORDER BY r.priority DESC, r.id) AS place
    FROM (
      SELECT * FROM run q WHERE q.state = 'queued' AND q.held AND served(q.needs, worker_offers(p_worker)) ORDER BY q.priority DESC, q.id LIMIT p_limit * 16
    ) r JOIN trial t ON t.id = r.trial_id
  ), head AS (
    SELECT l.*, pack_shape(l.configuration) AS shape FROM line l WHERE l.place = 1
  )
  SELECT h.uid, h.configuration, h.alone,
    1 + (SELECT count(*) FROM line l WHERE l.place > 1 AND NOT l.alone AND pack_shape(l.configuration) = h.shape)::int,
    (SELECT greatest(1, sum(w.slots)) FROM worker w WHERE w.ended_at IS NULL AND w.state = 'active')::int
  FROM head h
$function$
