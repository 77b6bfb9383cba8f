// summary: Since when the relationships hold that a finding rests on.
// mode:    read
// params:  org: str -- the organization
//          ends: list<str> -- ids of what it is about and rests on
//          links: list<str> -- ids of relationships between these
// returns: id: str, holds_since: datetime
// index:   Entity(id)
// rows:    one a relationship that holds
MATCH (start:Entity)
WHERE start.id IN $ends AND start.org = $org
MATCH (start)-[link]->(end:Entity)
WHERE end.id IN $ends AND end.org = $org AND link.id IN $links AND link.holds_since IS NOT NULL
RETURN DISTINCT link.id AS id, link.holds_since AS holds_since
ORDER BY id
