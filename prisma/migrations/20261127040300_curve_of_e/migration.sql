-- Norm of the gradient of an encoder.
INSERT INTO metric_name (id, name) VALUES (19, 'gradNormE');
