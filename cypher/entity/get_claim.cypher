// summary: What a claim is about, and by whom it is.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the claim's id
// returns: collector: str, part: str, key: str -- of the entity it is about, labels: list<str> -- the entity's
// index:   Claim(id), Entity(id)
// rows:    0 or 1
MATCH (c:Claim {id: $id})
WHERE c.org = $org
MATCH (n:Entity {id: c.about})
RETURN c.collector AS collector, c.part AS part, n.key AS key, labels(n) AS labels
