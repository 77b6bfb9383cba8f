// summary: One run.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the run's id
// returns: properties: map
// index:   Run(id)
// rows:    0 or 1
MATCH (r:Run {id: $id})
WHERE r.org = $org
RETURN properties(r) AS properties
