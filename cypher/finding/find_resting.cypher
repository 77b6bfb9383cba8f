// summary: Findings that are not closed and that are about some entities or rest on them.
// mode:    read
// params:  touched: list<str> -- ids of entities
// returns: id: str
// index:   Entity(id)
// rows:    one a finding
UNWIND $touched AS touched
MATCH (n:Entity {id: touched})<-[:ABOUT|RESTS_ON]-(finding:Finding)
WHERE finding.state <> 'CLOSED'
RETURN DISTINCT finding.id AS id
ORDER BY id
