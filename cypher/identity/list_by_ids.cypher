// summary: Pairs by their ids.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- the pairs' ids
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map -- the pair's
// index:   Match(id)
// rows:    one an id that is known
UNWIND $ids AS id
MATCH (pair:Match {id: id})
WHERE pair.org = $org
  AND ($readable IS NULL OR NOT EXISTS {
    MATCH (pair)-[:COMPARES]->(side:Entity)
    WHERE NOT coalesce(side.tlp, '') IN $readable
  })
RETURN properties(pair) AS properties
