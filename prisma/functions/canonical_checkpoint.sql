CREATE OR REPLACE VIEW canonical_checkpoint AS
 SELECT DISTINCT ON (run_id, kind, images_seen) id,
    run_id,
    epoch,
    images_seen,
    kind,
    artifact,
    sha256,
    bytes,
    created_at
   FROM checkpoint c
  WHERE (NOT (EXISTS ( SELECT
           FROM attempt a
          WHERE ((a.run_id = c.run_id) AND (a.epoch > c.epoch) AND ((a.resume_images < c.images_seen) OR (a.resume_images = 0))))))
  ORDER BY run_id, kind, images_seen, epoch DESC;
