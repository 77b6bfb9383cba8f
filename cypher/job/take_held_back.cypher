// summary: Take up entities that had no room in a run's budget, nearest to its seeds first.
// mode:    write
// params:  run: str -- the run's id
//          limit: int -- how many at most
// returns: id: str, labels: list<str>, key: str, tlp: str -- null where it is open, distance: int
// index:   Run(id)
// rows:    at most limit
MATCH (r:Run {id: $run})-[x:HELD_BACK]->(n:Entity)
WITH x, n, x.distance AS distance
ORDER BY distance, n.id
LIMIT $limit
DELETE x
RETURN n.id AS id, labels(n) AS labels, n.key AS key, n.tlp AS tlp, distance
