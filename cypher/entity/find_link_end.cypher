// summary: The entity that a relationship starts from, by the relationship's id.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the relationship's id
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: id: str -- the entity's id
// scan:    relationships have no index on their id, since writes rely on none; this goes through those of one organization
// index:   none
// rows:    0 or 1
MATCH (n:Entity)-[r {id: $id}]->(m:Entity)
WHERE n.org = $org AND NOT type(r) STARTS WITH 'WAS_'
  AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
  AND ($readable IS NULL OR coalesce(r.tlp, '') IN $readable)
  AND ($readable IS NULL OR coalesce(m.tlp, '') IN $readable)
RETURN n.id AS id
LIMIT 1
