// summary: Which of some entities a collector has answered about in a run; one that failed or had nothing to ask has not.
// mode:    read
// params:  run: str -- the run's id
//          collector: str
//          ids: list<str> -- entities' ids
// returns: id: str
// index:   Entity(id)
// rows:    at most one an id
UNWIND $ids AS id
MATCH (n:Entity {id: id})
WHERE EXISTS {
  (n)<-[:OF]-(o:Observation)
  WHERE o.run = $run AND o.collector = $collector AND o.outcome IN ['FOUND', 'ABSENT']
}
RETURN n.id AS id
