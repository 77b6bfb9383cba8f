// summary: Have relationships hold or not, in a transaction that is never committed.
// mode:    write
// params:  org: str -- the organization
//          ends: list<str> -- ids of what a finding is about and rests on
//          links: list<map> -- id, holds_since (null to have it hold no longer)
// returns: id: str
// index:   Entity(id)
// rows:    one a relationship
MATCH (start:Entity)
WHERE start.id IN $ends AND start.org = $org
MATCH (start)-[link]->(end:Entity)
WHERE end.id IN $ends AND end.org = $org
WITH link, [row IN $links WHERE row.id = link.id][0] AS row
WHERE row IS NOT NULL
SET link.holds_since = row.holds_since
RETURN link.id AS id
