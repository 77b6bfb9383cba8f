// summary: What of the things that findings rest on no longer holds.
// mode:    read
// params:  ids: list<str> -- ids of findings
// returns: id: str -- of the finding
//          ended: list<str> -- ids of entities and relationships that are closed
// index:   Finding(id)
// rows:    one a finding
UNWIND $ids AS id
MATCH (finding:Finding {id: id})-[:ABOUT|RESTS_ON]->(basis:Entity)
WITH finding, collect(DISTINCT basis) AS basis
RETURN finding.id AS id,
       [n IN basis WHERE n.holds_since IS NULL | n.id] + COLLECT {
         UNWIND basis AS start
         UNWIND basis AS end
         MATCH (start)-[link]->(end)
         // A former state of a relationship (`until` is set) has the same id.
         WHERE link.id IN finding.evidence_relationships AND link.until IS NULL AND link.holds_since IS NULL
         RETURN link.id
       } AS ended
