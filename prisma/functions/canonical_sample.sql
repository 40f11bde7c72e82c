CREATE OR REPLACE VIEW canonical_sample AS
 SELECT DISTINCT ON (run_id, images_seen) run_id,
    epoch,
    images_seen,
    artifact,
    created_at
   FROM sample s
  WHERE (NOT (EXISTS ( SELECT
           FROM attempt a
          WHERE ((a.run_id = s.run_id) AND (a.epoch > s.epoch) AND ((a.resume_images < s.images_seen) OR (a.resume_images = 0))))))
  ORDER BY run_id, images_seen, epoch DESC;
