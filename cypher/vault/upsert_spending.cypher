// summary: Set what a run has spent of keys.
// mode:    write
// params:  run: str -- the run's id
//          units: int -- in all
// returns: units: int
// index:   KeySpending(id)
// rows:    0 or 1
MATCH (k:KeySpending {id: $run})
SET k.units = $units
RETURN k.units AS units
