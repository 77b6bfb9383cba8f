// summary: Give a run, locked before, another budget.
// mode:    write
// params:  run: str -- the run's id
//          spec: str -- what was asked for, with the new budget, as JSON
//          reason: str -- what is then to be said of it; empty where nothing is
// returns: id: str
// index:   Run(id)
// rows:    1
MATCH (r:Run {id: $run})
SET r.spec = $spec, r.reason = CASE $reason WHEN '' THEN null ELSE $reason END
RETURN r.id AS id
