// summary: Findings that are not closed and that are about entities, or rest on them, or on what belongs to them.
// mode:    read
// params:  ids: list<str> -- of entities
// returns: id: str -- of a finding
// index:   Entity(id)
// rows:    one a finding
UNWIND $ids AS id
MATCH (:Entity {id: id})<-[:HOSTED_AT|MAILBOX_AT|SUBDOMAIN_OF]-{0,9}(:Entity)-[:HAS_PORT]->{0,1}(n:Entity)
MATCH (n)<-[:ABOUT|RESTS_ON]-(finding:Finding)
WHERE finding.state <> 'CLOSED'
RETURN DISTINCT finding.id AS id
ORDER BY id
