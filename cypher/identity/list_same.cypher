// summary: With which entities one is directly held to be one, as far as the reader may know: without those that follow.
// mode:    read
// params:  org: str -- the organization
//          id: str -- of the entity
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: id: str -- of the pair, other: str -- the other entity's id
// index:   Entity(id)
// rows:    one an entity
MATCH (n:Entity {id: $id})-[same:SAME_AS]-(other)
WHERE n.org = $org AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
  AND ($readable IS NULL OR coalesce(other.tlp, '') IN $readable)
RETURN same.id AS id, other.id AS other
