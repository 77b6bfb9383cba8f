// summary: The markings of the entities that a run's scan names.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the run's id
// returns: tlp: str -- empty for what is open, or not known
// index:   Run(id), Entity(id)
// rows:    at most 5
MATCH (r:Run {id: $id})
WHERE r.org = $org
UNWIND CASE WHEN r.named IS NULL OR r.named = [] THEN [''] ELSE r.named END AS name
OPTIONAL MATCH (n:Entity {id: name})
RETURN DISTINCT coalesce(n.tlp, '') AS tlp
