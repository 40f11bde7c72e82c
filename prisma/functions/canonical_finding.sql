CREATE OR REPLACE VIEW canonical_finding AS
 SELECT DISTINCT ON (run_id, name) run_id,
    epoch,
    images_seen,
    name,
    evidence,
    created_at
   FROM finding f
  WHERE (NOT (EXISTS ( SELECT
           FROM attempt a
          WHERE ((a.run_id = f.run_id) AND (a.epoch > f.epoch) AND ((a.resume_images < f.images_seen) OR (a.resume_images = 0))))))
  ORDER BY run_id, name, images_seen, epoch;
