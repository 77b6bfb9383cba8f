// summary: How many relationships of some types there are among some entities, closed ones included.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- the entities' ids
//          types: list<str> -- relationship types
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: total: int
// index:   Entity(id)
// rows:    1
UNWIND $ids AS id
MATCH (n:Entity {id: id})
WHERE n.org = $org AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
MATCH (n)-[r]->(m:Entity)
WHERE type(r) IN $types AND m.id IN $ids
  AND ($readable IS NULL OR coalesce(r.tlp, '') IN $readable)
  AND ($readable IS NULL OR coalesce(m.tlp, '') IN $readable)
RETURN count(*) AS total
