-- A run that a program of the user trains has that program for itself: it is never one of a pack.

CREATE FUNCTION run_of_command_is_alone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.alone := NEW.alone OR EXISTS (
    SELECT FROM trial t WHERE t.id = NEW.trial_id AND t.configuration ? 'trainer'
  );
  RETURN NEW;
END $$;
CREATE TRIGGER run_of_command_is_alone BEFORE INSERT ON run FOR EACH ROW EXECUTE FUNCTION run_of_command_is_alone();
