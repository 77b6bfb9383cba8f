// summary: Findings by their ids.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- the findings' ids
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map -- the finding's, subject: str -- the id of the entity it is about
// index:   Finding(id)
// rows:    one an id that is known
UNWIND $ids AS id
MATCH (f:Finding {id: id})
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
RETURN properties(f) AS properties, f.subject AS subject
