CREATE OR REPLACE VIEW canonical_evaluation AS
 SELECT DISTINCT ON (run_id, images_seen, protocol) id,
    run_id,
    epoch,
    images_seen,
    protocol,
    passport,
    seconds,
    created_at
   FROM evaluation e
  WHERE (NOT (EXISTS ( SELECT
           FROM attempt a
          WHERE ((a.run_id = e.run_id) AND (a.epoch > e.epoch) AND ((a.resume_images < e.images_seen) OR (a.resume_images = 0))))))
  ORDER BY run_id, images_seen, protocol, epoch DESC;
