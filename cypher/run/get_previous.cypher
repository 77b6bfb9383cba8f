// summary: The last run of the same scan that finished, of those made before a run.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the run's id
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: id: str
// index:   Run(id)
// rows:    0 or 1
MATCH (:Run {id: $id})<-[:RAN]-(:Scan)-[:RAN]->(r:Run)
MATCH (later:Run {id: $id})
WHERE later.org = $org AND r.org = $org AND r.state = 'FINISHED' AND r.created_at < later.created_at
  AND ($readable IS NULL OR r.started_by = $user OR NOT EXISTS {
    UNWIND coalesce(r.named, []) AS name
    MATCH (n:Entity {id: name})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  })
  AND ($readable IS NULL OR later.started_by = $user OR NOT EXISTS {
    UNWIND coalesce(later.named, []) AS name
    MATCH (n:Entity {id: name})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  })
RETURN r.id AS id
ORDER BY r.created_at DESC, r.id
LIMIT 1
