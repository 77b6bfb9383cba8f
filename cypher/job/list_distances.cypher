// summary: How far entities are from a run's seeds, of those in its scope.
// mode:    read
// params:  run: str -- the run's id
//          ids: list<str> -- entities' ids
// returns: id: str, key: str, distance: int
// index:   Entity(id)
// rows:    at most one an id
UNWIND $ids AS id
MATCH (n:Entity {id: id})<-[x:REACHED]-(r:Run {id: $run})
RETURN n.id AS id, n.key AS key, x.distance AS distance
