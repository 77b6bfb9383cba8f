// summary: Give a pattern up: its name is free, nobody sees it, and what it has is deleted by a correlator.
// mode:    write
// params:  id: str -- of the pattern
//          org: str -- the organization
//          now: datetime
// returns: id: str -- the same
// index:   Pattern(id)
// rows:    1, or none where there is no such pattern
MATCH (p:Pattern {id: $id})
WHERE p.org = $org AND p.deleted_at IS NULL
SET p.deleted_at = $now
REMOVE p.name
RETURN p.id AS id
