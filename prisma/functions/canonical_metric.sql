CREATE OR REPLACE VIEW canonical_metric AS
 SELECT run_id,
    name_id,
    images_seen,
    epoch,
    value,
    recorded_at
   FROM metric m
  WHERE (NOT (EXISTS ( SELECT
           FROM attempt a
          WHERE ((a.run_id = m.run_id) AND (a.epoch > m.epoch) AND ((a.resume_images < m.images_seen) OR (a.resume_images = 0))))));
