// summary: Add labels to an entity, and take labels off it.
// mode:    write
// params:  org: str -- the organization
//          id: str -- the entity's id
//          add: list<str>
//          remove: list<str>
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: id: str, kind_labels: list<str>, tags: list<str> -- all labels after the change, sorted
// index:   Entity(id)
// rows:    1, or none where there is no such entity
MATCH (n:Entity {id: $id})
WHERE n.org = $org AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
REMOVE n._lock
WITH n, COLLECT {
  UNWIND coalesce(n.tags, []) + $add AS tag
  WITH tag WHERE NOT tag IN $remove
  RETURN DISTINCT tag ORDER BY tag
} AS tags
SET n.tags = tags
RETURN n.id AS id, labels(n) AS kind_labels, tags
