// summary: Which of these findings there are, how they stand, and keep others from changing them until the end.
// mode:    write
// params:  org: str -- the organization
//          ids: list<str> -- of findings
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: id: str, state: str, fingerprint: str, rule: str
//          is_aside: bool -- whether a suppression of it stands
// index:   Finding(id)
// rows:    one a finding that there is
MATCH (f:Finding)
WHERE f.id IN $ids AND f.org = $org
  AND ($readable IS NULL OR NOT EXISTS {
    MATCH (f)-[:ABOUT|RESTS_ON]->(basis:Entity)
    WHERE NOT coalesce(basis.tlp, '') IN $readable
  } AND NOT EXISTS {
    MATCH (f)-[:ABOUT|RESTS_ON]->(one:Entity)
    MATCH (f)-[:ABOUT|RESTS_ON]->(two:Entity)
    MATCH (one)-[link]->(two)
    WHERE link.id IN f.evidence_relationships AND NOT coalesce(link.tlp, '') IN $readable
  })
WITH f ORDER BY f.id
REMOVE f._lock
RETURN f.id AS id, f.state AS state, f.fingerprint AS fingerprint, f.rule AS rule,
       EXISTS { MATCH (f)-[:SUPPRESSED_BY]->(aside:Suppression) WHERE aside.lifted_at IS NULL } AS is_aside
