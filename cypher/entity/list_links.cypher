// summary: Every relationship of an entity, of some types, with the entity at the far end.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the entity's id
//          types: list<str> -- relationship types
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: type: str, source_id: str, target_id: str, properties: map,
//          versions: list<map> -- former values with from, until
//          other_properties: map, other_labels: list<str>, other_versions: list<map>
// index:   Entity(id)
// rows:    one a relationship; a loop is one
MATCH (n:Entity {id: $id})
WHERE n.org = $org AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
MATCH (n)-[r]-(m:Entity)
WHERE type(r) IN $types
  AND ($readable IS NULL OR coalesce(r.tlp, '') IN $readable)
  AND ($readable IS NULL OR coalesce(m.tlp, '') IN $readable)
WITH DISTINCT n, r, m
RETURN type(r) AS type, startNode(r).id AS source_id, endNode(r).id AS target_id, properties(r) AS properties,
       COLLECT { MATCH (n)-[w]-(m) WHERE type(w) = 'WAS_' + type(r) AND w.id = r.id RETURN DISTINCT properties(w) } AS versions,
       properties(m) AS other_properties, labels(m) AS other_labels,
       COLLECT { MATCH (m)-[:WAS]->(v:Version) RETURN properties(v) } AS other_versions
