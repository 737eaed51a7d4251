-- Lists are read in the order of an index, as far as their limit goes; nothing is sorted.
DROP INDEX runs_by_time;
DROP INDEX releases_by_time;
CREATE INDEX runs_by_start ON runs (started);
CREATE INDEX runs_of_stack ON runs (stack, started);
CREATE INDEX releases_by_creation ON releases (created, id);
CREATE INDEX releases_of_stack ON releases (stack, created, id);
