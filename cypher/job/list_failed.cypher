// summary: What failed in a run: by collector, the entities of jobs that were given up, or not asked since it did not work, and
//          about which it has not answered.
// mode:    read
// params:  run: str -- the run's id
//          jobs: list<str> -- only of these jobs; null for all
// returns: collector: str, id: str, labels: list<str>, key: str, tlp: str -- null where it is open, distance: int
// index:   Lease(run), Entity(id)
// rows:    one a collector and entity
MATCH (l:Lease {run: $run})
WHERE (l.state = 'FAILED' OR l.is_left_out) AND ($jobs IS NULL OR l.id IN $jobs)
UNWIND l.entities AS entity
MATCH (n:Entity {id: entity})
WHERE NOT EXISTS {
  (n)<-[:OF]-(o:Observation)
  WHERE o.run = $run AND o.collector = l.collector AND o.outcome IN ['FOUND', 'ABSENT']
}
RETURN l.collector AS collector, n.id AS id, labels(n) AS labels, n.key AS key, n.tlp AS tlp, min(l.distance) AS distance
ORDER BY collector, id
