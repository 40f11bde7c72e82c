CREATE OR REPLACE VIEW canonical_panel AS
 SELECT DISTINCT ON (run_id, images_seen, name) run_id,
    epoch,
    images_seen,
    name,
    picture,
    data,
    created_at
   FROM panel p
  WHERE (NOT (EXISTS ( SELECT
           FROM attempt a
          WHERE ((a.run_id = p.run_id) AND (a.epoch > p.epoch) AND ((a.resume_images < p.images_seen) OR (a.resume_images = 0))))))
  ORDER BY run_id, images_seen, name, epoch DESC;
