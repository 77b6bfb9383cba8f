// summary: What the latest run has in scope, by distance from its seeds.
// params:  org: str -- the organization
//          distance: int = 1 -- how far at most
// index:   Run(org, created_at)
MATCH (run:Run)
WHERE run.org = $org AND run.created_at IS NOT NULL
WITH run
ORDER BY run.created_at DESC
LIMIT 1
MATCH path = (run)-[reached:REACHED]->(:Entity)
WHERE reached.distance <= $distance
RETURN path
LIMIT 300
