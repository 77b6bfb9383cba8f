// summary: What joins entities: the pairs among them that are decided to be one.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- of entities
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map -- the pair's
// index:   Entity(id)
// rows:    one a pair
UNWIND $ids AS id
MATCH (n:Entity {id: id})<-[:COMPARES]-(pair:Match {state: 'ACCEPTED'})
WHERE n.org = $org AND pair.left = id AND pair.right IN $ids
  AND ($readable IS NULL OR NOT EXISTS {
    MATCH (pair)-[:COMPARES]->(side:Entity)
    WHERE NOT coalesce(side.tlp, '') IN $readable
  })
RETURN properties(pair) AS properties
ORDER BY pair.id
