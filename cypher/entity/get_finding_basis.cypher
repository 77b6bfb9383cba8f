// summary: What a finding is about and rests on.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the finding's id
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: entities: list<str> -- ids of subject and evidence, relationships: list<str> -- ids
// index:   Finding(id)
// rows:    0 or 1
MATCH (f:Finding {id: $id})
WHERE f.org = $org
  AND ($readable IS NULL OR NOT EXISTS {
    MATCH (f)-[:ABOUT|RESTS_ON]->(basis:Entity)
    WHERE NOT coalesce(basis.tlp, '') IN $readable
  } AND NOT EXISTS {
    MATCH (f)-[:ABOUT|RESTS_ON]->(one:Entity)
    MATCH (f)-[:ABOUT|RESTS_ON]->(two:Entity)
    MATCH (one)-[link]->(two)
    WHERE link.id IN f.evidence_relationships AND NOT coalesce(link.tlp, '') IN $readable
  })
RETURN COLLECT { MATCH (f)-[:ABOUT|RESTS_ON]->(n:Entity) RETURN DISTINCT n.id ORDER BY n.id } AS entities,
       coalesce(f.evidence_relationships, []) AS relationships
