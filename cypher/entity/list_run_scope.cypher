// summary: The entities of some kinds that a run had in its scope.
// mode:    read
// params:  org: str -- the organization
//          run: str -- the run's id
//          kinds: list<str> -- the kinds
//          most: int -- how many at most
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: entities: list<list<str>> -- of each its id and its kind
// index:   Run(id), Entity(id)
// rows:    1; none where there is no such run, or the reader may not read it
MATCH (run:Run {id: $run})
WHERE run.org = $org
  AND ($readable IS NULL OR run.started_by = $user OR NOT EXISTS {
    UNWIND coalesce(run.named, []) AS name
    MATCH (seed:Entity {id: name})
    WHERE NOT coalesce(seed.tlp, '') IN $readable
  })
RETURN COLLECT {
  MATCH (run)-[:REACHED]->(n:Entity)
  WHERE any(label IN labels(n) WHERE label IN $kinds)
    AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
  RETURN [n.id, [label IN labels(n) WHERE label IN $kinds][0]]
  LIMIT $most
} AS entities
