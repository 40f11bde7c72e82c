CREATE OR REPLACE FUNCTION public.sweep_lacks(p_sweep bigint)
 RETURNS text[]
 LANGUAGE sql
 STABLE
AS $function$
  SELECT coalesce(array_agg(DISTINCT n.need ORDER BY n.need), '{}')
  FROM (
    SELECT DISTINCT r.needs FROM sweep_run m JOIN run r ON r.id = m.run_id
    WHERE m.sweep_id = p_sweep AND r.state IN ('queued', 'retry-wait') AND r.held AND r.needs <> '{}'
  ) q CROSS JOIN LATERAL unnest(q.needs) AS n (need)
  WHERE EXISTS (SELECT FROM worker w WHERE w.ended_at IS NULL)
    AND NOT EXISTS (SELECT FROM worker w WHERE w.ended_at IS NULL AND served(q.needs, w.offers))
    AND NOT EXISTS (SELECT FROM worker w WHERE w.ended_at IS NULL AND n.need = ANY (w.offers))
$function$
