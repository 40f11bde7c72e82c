CREATE OR REPLACE FUNCTION public.pack_of(p_limit integer, p_beside uuid[], p_expected uuid, p_offers text[])
 RETURNS bigint[]
 LANGUAGE plpgsql
AS $function$
DECLARE
  head run;
  shape text;
  matching bigint[];
  slots bigint;
BEGIN
  SELECT * INTO head FROM run r WHERE r.state = 'queued' AND r.held AND served(r.needs, p_offers)
  ORDER BY r.priority DESC, r.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN '{}';
  END IF;
  SELECT pack_shape(t.configuration) INTO shape FROM trial t WHERE t.id = head.trial_id;
  IF cardinality(p_beside) > 0 THEN
    PERFORM FROM run r JOIN trial t ON t.id = r.trial_id
    WHERE r.uid = ANY (p_beside) AND (r.alone OR pack_shape(t.configuration) <> shape);
    IF FOUND OR head.alone OR p_limit < 1 THEN
      RETURN '{}';
    END IF;
  END IF;
  IF head.alone OR p_limit < 2 OR pack_shape_of(p_expected) <> shape THEN
    RETURN ARRAY[head.id];
  END IF;
  SELECT array_agg(next.id ORDER BY next.place) INTO matching FROM (
    SELECT r.id, r.trial_id, row_number() OVER (ORDER BY r.priority DESC, r.id) AS place FROM run r
    WHERE r.state = 'queued' AND r.held AND NOT r.alone AND r.id <> head.id AND served(r.needs, p_offers)
    ORDER BY r.priority DESC, r.id LIMIT p_limit * 16
  ) next JOIN trial t ON t.id = next.trial_id WHERE pack_shape(t.configuration) = shape;
  SELECT greatest(1, sum(w.slots)) INTO slots FROM worker w WHERE w.ended_at IS NULL AND w.state = 'active';
  RETURN head.id || matching[1:least(p_limit, ceil((1 + coalesce(cardinality(matching), 0))::numeric / slots))::int - 1];
END $function$
