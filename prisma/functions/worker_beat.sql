CREATE OR REPLACE FUNCTION public.worker_beat(p_uid uuid, p_host text, p_pid integer, p_backend text, p_device text, p_slots integer, p_state text, p_offers text[] DEFAULT NULL::text[], p_unwell jsonb DEFAULT '[]'::jsonb)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  INSERT INTO worker AS w (uid, host, pid, backend, device, slots, state, offers, unwell, last_seen)
  VALUES (p_uid, p_host, p_pid, p_backend, p_device, p_slots, p_state, p_offers, p_unwell, clock_timestamp())
  ON CONFLICT (uid) DO UPDATE SET host = p_host, pid = p_pid, backend = p_backend, device = p_device, slots = p_slots,
    state = CASE WHEN w.cordoned_until > clock_timestamp() THEN 'cordoned' ELSE p_state END,
    offers = p_offers, unwell = p_unwell, last_seen = clock_timestamp(), ended_at = NULL
$function$
