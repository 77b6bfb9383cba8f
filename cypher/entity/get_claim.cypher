// summary: What a claim is about, and by whom it is.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the claim's id
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: collector: str, part: str, key: str -- of the entity it is about, labels: list<str> -- the entity's
//          tlp: str -- the marking of its latest answer, null where that is open
// index:   Claim(id), Observation(id), Entity(id)
// rows:    0 or 1
MATCH (c:Claim {id: $id})
WHERE c.org = $org
MATCH (o:Observation {id: c.latest})
WHERE ($readable IS NULL OR coalesce(o.tlp, '') IN $readable)
MATCH (n:Entity {id: c.about})
WHERE ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
RETURN c.collector AS collector, c.part AS part, n.key AS key, labels(n) AS labels, o.tlp AS tlp
