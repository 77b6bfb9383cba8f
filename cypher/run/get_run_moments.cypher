// summary: When two runs ended, and what either of them had in scope.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- the two runs
// returns: ends: list<map> -- id, ended_at (null while it runs) of each run that is known
//          reached: list<str> -- ids of entities
// index:   Run(id)
// rows:    1
MATCH (run:Run)
WHERE run.id IN $ids AND run.org = $org
WITH collect(run) AS runs
RETURN [run IN runs | {id: run.id, ended_at: run.ended_at}] AS ends,
       COLLECT { UNWIND runs AS run MATCH (run)-[:REACHED]->(n:Entity) RETURN DISTINCT n.id } AS reached
