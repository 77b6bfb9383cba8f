// summary: Save a pattern, whose organization's configuration is held.
// mode:    write
// params:  id: str -- of the pattern
//          org: str -- the organization
//          name: str
//          properties: map -- number, text, is_told, title, summary, kind, changes
//          by: str -- id of the user who saves it
//          now: datetime
// returns: id: str -- the same
// index:   Pattern(id)
// rows:    1
MERGE (p:Pattern {id: $id})
ON CREATE SET p.org = $org, p.name = $name, p.created_by = $by, p.created_at = $now
SET p += $properties, p.saved_by = $by, p.saved_at = $now
RETURN p.id AS id
