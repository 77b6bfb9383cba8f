// summary: Which of these entities there are that the caller may read.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- of entities
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: id: str
// index:   Entity(id)
// rows:    at most one an id
UNWIND $ids AS id
MATCH (n:Entity {id: id})
WHERE n.org = $org AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
RETURN id
