-- Registered folders of pictures: each change of one is a new version, and a run names the content of the one it was made for.

CREATE TABLE "folder_version" (
    "id" BIGSERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "data_hash" TEXT NOT NULL,
    "facts" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "folder_version_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "folder_version_name_version_key" ON "folder_version"("name", "version");

CREATE INDEX "folder_version_data_hash_idx" ON "folder_version"("data_hash");

-- Registers a version; the newest one again, with the same facts, changes nothing. Its number is the answer.
CREATE FUNCTION folder_register(p_name text, p_data_hash text, p_facts jsonb) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  newest folder_version;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('gansweep folder ' || p_name));
  SELECT * INTO newest FROM folder_version f WHERE f.name = p_name ORDER BY f.version DESC LIMIT 1;
  IF newest.facts = p_facts THEN
    RETURN newest.version;
  END IF;
  INSERT INTO folder_version (name, version, data_hash, facts)
    VALUES (p_name, coalesce(newest.version, 0) + 1, p_data_hash, p_facts);
  RETURN coalesce(newest.version, 0) + 1;
END $$;
