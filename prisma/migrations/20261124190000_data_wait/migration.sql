-- Share of an interval's wall clock in which the training step waited for its inputs.
INSERT INTO metric_name (id, name) VALUES (17, 'dataWait');
