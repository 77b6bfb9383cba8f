// summary: The patterns of an organization, those among them that are being deleted.
// mode:    read
// params:  org: str -- the organization
// returns: properties: map -- the pattern's
//          desk: map -- how far it was evaluated, and how much it has; null before the first time
// index:   Pattern(org), PatternDesk(id)
// rows:    one a pattern
MATCH (p:Pattern)
WHERE p.org = $org
OPTIONAL MATCH (d:PatternDesk {id: p.id})
RETURN properties(p) AS properties, properties(d) AS desk
ORDER BY p.name, p.id
