// summary: How many pairs may be one.
// mode:    read
// params:  org: str -- the organization
//          states: list<str> -- OPEN, DEFERRED, ACCEPTED, REJECTED, WITHDRAWN
//          kinds: list<str> -- only by these scorers; null for all
//          entity: str -- only with this entity; null for all
//          least: float -- only with at least this score
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: total: int
// index:   Match(org, state, score)
// rows:    1
MATCH (pair:Match)
WHERE pair.org = $org AND pair.state IN $states AND pair.score >= $least
  AND ($kinds IS NULL OR pair.kind IN $kinds)
  AND ($entity IS NULL OR pair.left = $entity OR pair.right = $entity)
  AND ($readable IS NULL OR NOT EXISTS {
    MATCH (pair)-[:COMPARES]->(side:Entity)
    WHERE NOT coalesce(side.tlp, '') IN $readable
  })
RETURN count(*) AS total
