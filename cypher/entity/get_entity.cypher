// summary: One entity with the former states of its values.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the entity's id
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map, labels: list<str>, versions: list<map> -- former values with from, until
// index:   Entity(id)
// rows:    0 or 1
MATCH (n:Entity {id: $id})
WHERE n.org = $org AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
RETURN properties(n) AS properties, labels(n) AS labels,
       COLLECT { MATCH (n)-[:WAS]->(v:Version) RETURN properties(v) } AS versions
