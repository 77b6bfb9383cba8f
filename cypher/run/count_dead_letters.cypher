// summary: How many jobs were given up, of those about entities that the reader may all read.
// mode:    read
// params:  org: str -- the organization
//          run: str -- only of this run; null for all
//          collector: str -- only of this collector; null for all
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: total: int
// index:   Lease(org, state), Run(id), Entity(id)
// rows:    1
MATCH (l:Lease)
WHERE l.org = $org AND l.state = 'FAILED' AND ($run IS NULL OR l.run = $run)
  AND ($collector IS NULL OR l.collector = $collector)
MATCH (r:Run {id: l.run})
WHERE $readable IS NULL OR (
  (r.started_by = $user OR NOT EXISTS {
    UNWIND coalesce(r.named, []) AS name
    MATCH (n:Entity {id: name})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  })
  AND NOT EXISTS {
    UNWIND l.entities AS about
    MATCH (n:Entity {id: about})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  }
)
RETURN count(l) AS total
