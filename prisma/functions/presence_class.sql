CREATE OR REPLACE FUNCTION public.presence_class()
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$ SELECT 72707370 $function$
