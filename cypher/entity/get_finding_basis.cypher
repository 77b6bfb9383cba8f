// summary: What a finding is about and rests on.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the finding's id
// returns: entities: list<str> -- ids of subject and evidence, relationships: list<str> -- ids
// index:   Finding(id)
// rows:    0 or 1
MATCH (f:Finding {id: $id})
WHERE f.org = $org
RETURN COLLECT { MATCH (f)-[:ABOUT|RESTS_ON]->(n:Entity) RETURN DISTINCT n.id ORDER BY n.id } AS entities,
       coalesce(f.evidence_relationships, []) AS relationships
