// summary: When two runs ended, and what either of them had in scope.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- the two runs
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: ends: list<map> -- id, ended_at (null while it runs) of each run that is known
//          reached: list<str> -- ids of entities
// index:   Run(id)
// rows:    1
MATCH (run:Run)
WHERE run.id IN $ids AND run.org = $org
  AND ($readable IS NULL OR run.started_by = $user OR NOT EXISTS {
    UNWIND coalesce(run.named, []) AS name
    MATCH (n:Entity {id: name})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  })
WITH collect(run) AS runs
RETURN [run IN runs | {id: run.id, ended_at: run.ended_at}] AS ends,
       COLLECT { UNWIND runs AS run MATCH (run)-[:REACHED]->(n:Entity) WHERE ($readable IS NULL OR coalesce(n.tlp, '') IN $readable) RETURN DISTINCT n.id } AS reached
