// summary: Which of these pairs there are, and how they stand. The desk is held, so nobody changes them.
// mode:    write
// params:  org: str -- the organization
//          ids: list<str> -- of pairs
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: id: str, left: str, right: str, state: str
//          undone: list<str> -- the acts in which decisions of it were taken back
// index:   Match(id)
// rows:    one a pair that there is
MATCH (pair:Match)
WHERE pair.id IN $ids AND pair.org = $org
  AND ($readable IS NULL OR NOT EXISTS {
    MATCH (pair)-[:COMPARES]->(side:Entity)
    WHERE NOT coalesce(side.tlp, '') IN $readable
  })
WITH pair ORDER BY pair.id
REMOVE pair._lock
RETURN pair.id AS id, pair.left AS left, pair.right AS right, pair.state AS state,
       COLLECT { MATCH (pair)<-[:DECIDES]-(decision:IdentityDecision) RETURN decision.withdrawn_act } AS undone
