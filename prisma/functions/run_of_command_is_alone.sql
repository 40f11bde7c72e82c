CREATE OR REPLACE FUNCTION public.run_of_command_is_alone()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  NEW.alone := NEW.alone OR EXISTS (
    SELECT FROM trial t WHERE t.id = NEW.trial_id AND t.configuration ? 'trainer'
  );
  RETURN NEW;
END $function$
