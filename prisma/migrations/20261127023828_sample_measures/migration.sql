-- What the samples of the fixed noise say by themselves; ids 20 to 29 are theirs.
INSERT INTO metric_name (id, name) VALUES (20, 'sampleDiversity'), (21, 'sampleModes'), (22, 'sampleNovelty');
