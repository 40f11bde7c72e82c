CREATE OR REPLACE FUNCTION public.run_refresh_hold(p_ids bigint[])
 RETURNS void
 LANGUAGE sql
AS $function$
  UPDATE run r SET held = h.held, priority = h.priority + r.boost, needs = h.needs
  FROM (
    SELECT m.run_id,
      bool_or(s.state IN ('expanding', 'active') AND NOT m.stopped AND (m.until_images IS NULL OR m.until_images > o.rung_images)) AS held,
      coalesce(max(s.priority) FILTER (WHERE s.state IN ('expanding', 'active')), 0) AS priority,
      run_needs(m.run_id) AS needs
    FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id JOIN run o ON o.id = m.run_id
    WHERE m.run_id = ANY (p_ids) GROUP BY m.run_id
  ) h
  WHERE r.id = h.run_id AND r.ended_at IS NULL
    AND (r.held, r.priority, r.needs) IS DISTINCT FROM (h.held, h.priority + r.boost, h.needs)
$function$
