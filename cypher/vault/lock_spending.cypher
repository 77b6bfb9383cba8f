// summary: What a run has spent of keys, locked until the transaction's end.
// mode:    write
// params:  org: str -- the organization
//          run: str -- the run's id
// returns: units: int
// index:   KeySpending(id)
// rows:    1
MERGE (k:KeySpending {id: $run})
ON CREATE SET k.org = $org, k.units = 0
REMOVE k._lock
RETURN k.units AS units
