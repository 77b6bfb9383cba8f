// summary: A page of an organization's scans, latest made first.
// mode:    read
// params:  org: str -- the organization
//          behind: datetime -- created_at of the last one seen; null for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map -- with its schedule as a map; null where it has none
// index:   Scan(org, created_at)
// rows:    at most limit
MATCH (s:Scan)
WHERE s.org = $org AND s.created_at IS NOT NULL AND ($behind IS NULL OR s.created_at < $behind OR (s.created_at = $behind AND s.id > $behind_id))
  AND ($readable IS NULL OR EXISTS { MATCH (s)-[:RAN]->(:Run {started_by: $user}) } OR NOT EXISTS {
    UNWIND coalesce(s.named, []) AS name
    MATCH (n:Entity {id: name})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  })
RETURN s {.*, schedule: head(COLLECT { MATCH (s)-[:HAS_SCHEDULE]->(x:Schedule) RETURN properties(x) })} AS properties
ORDER BY s.created_at DESC, s.id
LIMIT $limit
