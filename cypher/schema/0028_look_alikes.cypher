// summary: Which domain names look like those of one's own scope.
CREATE INDEX similar_to_score IF NOT EXISTS FOR ()-[r:SIMILAR_TO]-() ON (r.org, r.score);
