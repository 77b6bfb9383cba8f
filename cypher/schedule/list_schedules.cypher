// summary: A page of an organization's schedules, latest made first.
// mode:    read
// params:  org: str -- the organization
//          behind: datetime -- created_at of the last one seen; null for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map
// index:   Schedule(org, created_at)
// rows:    at most limit
MATCH (x:Schedule)<-[:HAS_SCHEDULE]-(s:Scan)
WHERE x.org = $org AND x.created_at IS NOT NULL
  AND ($behind IS NULL OR x.created_at < $behind OR (x.created_at = $behind AND x.id > $behind_id))
  AND ($readable IS NULL OR EXISTS { MATCH (s)-[:RAN]->(:Run {started_by: $user}) } OR NOT EXISTS {
    UNWIND coalesce(s.named, []) AS name
    MATCH (n:Entity {id: name})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  })
RETURN properties(x) AS properties
ORDER BY x.created_at DESC, x.id
LIMIT $limit
