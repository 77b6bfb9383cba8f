// summary: Delete some findings that were closed before a moment and of which nobody noted anything.
// mode:    write
// params:  org: str -- the organization
//          before: datetime -- what is older
//          limit: int -- how many at most
// returns: deleted: int
// index:   Finding(org, closed_at)
// rows:    1
MATCH (f:Finding)
WHERE f.org = $org AND f.closed_at < $before AND f.state = 'CLOSED' AND NOT EXISTS { MATCH (f)<-[:ABOUT]-(:Note) }
WITH f ORDER BY f.id LIMIT $limit
REMOVE f._lock
// Under the lock: it may be open again.
WITH f WHERE f.state = 'CLOSED' AND f.closed_at < $before AND NOT EXISTS { MATCH (f)<-[:ABOUT]-(:Note) }
CALL (f) {
  MATCH (act:FindingAct)-[:ABOUT]->(f)
  DETACH DELETE act
}
DETACH DELETE f
RETURN count(*) AS deleted
