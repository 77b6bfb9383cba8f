// summary: Which of some entities a collector has already looked at in a run; a job taken over begins behind them.
// mode:    read
// params:  run: str -- the run's id
//          collector: str
//          ids: list<str> -- entities' ids
// returns: id: str
// index:   Entity(id)
// rows:    at most one an id
UNWIND $ids AS id
MATCH (n:Entity {id: id})
WHERE EXISTS { (n)<-[:OF]-(o:Observation) WHERE o.run = $run AND o.collector = $collector }
RETURN n.id AS id
