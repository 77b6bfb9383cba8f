// summary: The markings of what a finding is about and rests on, relationships among it; of a finding that is there still.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the finding's id
// returns: tlp: str -- empty for what is open
// index:   Finding(id)
// rows:    at most 5; none where there is no such finding any more
MATCH (f:Finding {id: $id})
WHERE f.org = $org
MATCH (f)-[:ABOUT|RESTS_ON]->(basis:Entity)
WITH f, collect(DISTINCT coalesce(basis.tlp, '')) AS entities
WITH entities + COLLECT {
  MATCH (f)-[:ABOUT|RESTS_ON]->(one:Entity)
  MATCH (f)-[:ABOUT|RESTS_ON]->(two:Entity)
  MATCH (one)-[link]->(two)
  WHERE link.id IN f.evidence_relationships
  RETURN DISTINCT coalesce(link.tlp, '')
} AS all
UNWIND all AS tlp
RETURN DISTINCT tlp
