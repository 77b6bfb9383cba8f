// summary: With which entities each of these is held to be one, as far as the reader may know.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- of entities
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: id: str -- of the entity, members: list<str> -- its own id among them, in order
// index:   Entity(id)
// rows:    one an entity that there is
UNWIND $ids AS id
MATCH (n:Entity {id: id})
WHERE n.org = $org AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
RETURN n.id AS id, COLLECT {
  MATCH ANY SHORTEST (n)(()-[:SAME_AS]-(step WHERE $readable IS NULL OR coalesce(step.tlp, '') IN $readable))*(member)
  RETURN member.id ORDER BY member.id
} AS members
