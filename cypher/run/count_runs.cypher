// summary: How many runs an organization has.
// mode:    read
// params:  org: str -- the organization
//          scan: str -- only of this scan; null for all
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: total: int
// index:   Run(org, created_at)
// rows:    1
MATCH (r:Run)
WHERE r.org = $org AND r.created_at IS NOT NULL AND ($scan IS NULL OR r.scan = $scan)
  AND ($readable IS NULL OR r.started_by = $user OR NOT EXISTS {
    UNWIND coalesce(r.named, []) AS name
    MATCH (n:Entity {id: name})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  })
RETURN count(r) AS total
