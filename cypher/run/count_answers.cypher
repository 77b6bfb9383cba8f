// summary: How the lookups of a run ended, by collector.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the run's id
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: collector: str, outcome: str, answers: int
// index:   Run(id)
// rows:    one a collector and outcome
MATCH (r:Run {id: $id})
WHERE r.org = $org
  AND ($readable IS NULL OR r.started_by = $user OR NOT EXISTS {
    UNWIND coalesce(r.named, []) AS name
    MATCH (n:Entity {id: name})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  })
MATCH (o:Observation)-[:IN]->(r)
WHERE ($readable IS NULL OR coalesce(o.tlp, '') IN $readable)
  AND ($readable IS NULL OR EXISTS {
    MATCH (o)-[:OF]->(m:Entity) WHERE coalesce(m.tlp, '') IN $readable
  })
RETURN o.collector AS collector, o.outcome AS outcome, count(o) AS answers
ORDER BY collector, outcome
