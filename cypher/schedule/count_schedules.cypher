// summary: How many schedules an organization has.
// mode:    read
// params:  org: str -- the organization
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: total: int
// index:   Schedule(org, created_at)
// rows:    1
MATCH (x:Schedule)<-[:HAS_SCHEDULE]-(s:Scan)
WHERE x.org = $org AND x.created_at IS NOT NULL
  AND ($readable IS NULL OR EXISTS { MATCH (s)-[:RAN]->(:Run {started_by: $user}) } OR NOT EXISTS {
    UNWIND coalesce(s.named, []) AS name
    MATCH (n:Entity {id: name})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  })
RETURN count(x) AS total
