-- Generators that were trained elsewhere: how each is read, and the scores that some machine has made of it.

CREATE TABLE "foreign_generator" (
    "id" BIGSERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "facts" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "foreign_generator_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "foreign_generator_name_key" ON "foreign_generator"("name");

CREATE TABLE "foreign_score" (
    "generator_id" BIGINT NOT NULL,
    "protocol" TEXT NOT NULL,
    -- md5 of the comparable part of the passport, as scores of runs have it
    "passport_key" TEXT NOT NULL,
    "passport" JSONB NOT NULL,
    "scores" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "foreign_score_pkey" PRIMARY KEY ("generator_id", "passport_key"),
    CONSTRAINT "foreign_score_generator_id_fkey" FOREIGN KEY ("generator_id") REFERENCES "foreign_generator"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- Registers a generator under its name. Other facts are another generator: what was scored under that name is forgotten.
-- The answer: 'new', 'same' or 'replaced'.
CREATE FUNCTION foreign_generator_register(p_name text, p_facts jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  known foreign_generator;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('gansweep generator ' || p_name));
  SELECT * INTO known FROM foreign_generator g WHERE g.name = p_name;
  IF known.facts = p_facts THEN
    RETURN 'same';
  END IF;
  DELETE FROM foreign_generator g WHERE g.name = p_name;
  INSERT INTO foreign_generator (name, facts) VALUES (p_name, p_facts);
  RETURN CASE WHEN known.id IS NULL THEN 'new' ELSE 'replaced' END;
END $$;
