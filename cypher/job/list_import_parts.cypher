// summary: The parts in which a file was imported, with the markings of their latest answers.
// mode:    read
// params:  org: str -- the organization
//          file: str -- id of the file's entity
//          collector: str -- the name its claims carry
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: part: str, tlp: str -- null where it is open
// index:   Entity(id), Claim(id)
// rows:    one a part
MATCH (n:Entity {id: $file})<-[:OF]-(o:Observation {collector: $collector})
WHERE n.org = $org AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
MATCH (c:Claim {id: o.claim})
WHERE c.latest = o.id AND ($readable IS NULL OR coalesce(o.tlp, '') IN $readable)
RETURN o.part AS part, o.tlp AS tlp
