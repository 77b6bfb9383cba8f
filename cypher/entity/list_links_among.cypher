// summary: The relationships among some entities, of some types.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- the entities' ids
//          types: list<str> -- relationship types
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: type: str, source_id: str, target_id: str, properties: map,
//          versions: list<map> -- former values with from, until
// index:   Entity(id)
// rows:    one a relationship
UNWIND $ids AS id
MATCH (n:Entity {id: id})
WHERE n.org = $org AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
MATCH (n)-[r]->(m:Entity)
WHERE type(r) IN $types AND m.id IN $ids
  AND ($readable IS NULL OR coalesce(r.tlp, '') IN $readable)
  AND ($readable IS NULL OR coalesce(m.tlp, '') IN $readable)
RETURN type(r) AS type, n.id AS source_id, m.id AS target_id, properties(r) AS properties,
       COLLECT { MATCH (n)-[w]->(m) WHERE type(w) = 'WAS_' + type(r) AND w.id = r.id RETURN properties(w) } AS versions
