// summary: Entities by their ids, with the former states of their values.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- the entities' ids
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map, labels: list<str>, versions: list<map> -- former values with from, until
// index:   Entity(id)
// rows:    one an id that is known, in the order of ids
UNWIND $ids AS id
MATCH (n:Entity {id: id})
WHERE n.org = $org AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
RETURN properties(n) AS properties, labels(n) AS labels,
       COLLECT { MATCH (n)-[:WAS]->(v:Version) RETURN properties(v) } AS versions
ORDER BY n.id
