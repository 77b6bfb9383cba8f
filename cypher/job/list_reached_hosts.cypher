// summary: The names and addresses in a run's scope, which its collectors may contact.
// mode:    read
// params:  run: str -- the run's id
// returns: key: str, distance: int
// index:   Run(id)
// rows:    one a host in scope
MATCH (r:Run {id: $run})-[x:REACHED]->(n:Entity)
WHERE n:DomainName OR n:IPAddress
RETURN n.key AS key, x.distance AS distance
