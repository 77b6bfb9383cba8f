// summary: A page of the pairs that may be one, the likeliest first.
// mode:    read
// params:  org: str -- the organization
//          states: list<str> -- OPEN, DEFERRED, ACCEPTED, REJECTED, WITHDRAWN
//          kinds: list<str> -- only by these scorers; null for all
//          entity: str -- only with this entity; null for all
//          least: float -- only with at least this score
//          behind: float -- score of the last one seen; null for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map -- the pair's
// index:   Match(org, state, score)
// rows:    at most limit
MATCH (pair:Match)
WHERE pair.org = $org AND pair.state IN $states AND pair.score >= $least
  AND ($kinds IS NULL OR pair.kind IN $kinds)
  AND ($entity IS NULL OR pair.left = $entity OR pair.right = $entity)
  AND ($readable IS NULL OR NOT EXISTS {
    MATCH (pair)-[:COMPARES]->(side:Entity)
    WHERE NOT coalesce(side.tlp, '') IN $readable
  })
  AND ($behind IS NULL OR pair.score < $behind OR (pair.score = $behind AND pair.id > $behind_id))
RETURN properties(pair) AS properties
ORDER BY pair.score DESC, pair.id
LIMIT $limit
