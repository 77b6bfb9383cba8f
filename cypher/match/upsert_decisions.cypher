// summary: Decide of pairs that were locked and held: what stood before is withdrawn, and entities are one or not.
// mode:    write
// params:  org: str -- the organization
//          decisions: list<map> -- id (the decision's), match, verdict (ACCEPTED, REJECTED, DEFERRED)
//          by: str -- who decides, by e-mail address
//          is_automatic: bool -- whether a threshold did
//          comment: str
//          now: datetime
// returns: id: str -- of each pair of which something else was decided before, or nothing
// index:   Match(id), IdentityDecision(id), Entity(id)
// rows:    at most one a pair
UNWIND $decisions AS row
MATCH (pair:Match {id: row.match})
WHERE NOT EXISTS { MATCH (known:IdentityDecision {id: row.id}) }
CALL (pair) {
  MATCH (pair)<-[:DECIDES]-(former:IdentityDecision)
  WHERE former.withdrawn_at IS NULL
  SET former.withdrawn_at = $now, former.withdrawn_by = $by, former.withdrawn_comment = ''
}
CREATE (decision:IdentityDecision {
  id: row.id, org: $org, match: pair.id, verdict: row.verdict, by: $by, at: $now, comment: $comment,
  is_automatic: $is_automatic, score: pair.score, scorer_version: pair.scorer_version
})-[:DECIDES]->(pair)
SET pair.state = row.verdict
WITH pair, row
CALL (pair, row) {
  MATCH (left:Entity {id: pair.left})
  MATCH (right:Entity {id: pair.right})
  OPTIONAL MATCH (left)-[former:SAME_AS]->(right)
  DELETE former
  FOREACH (_ IN CASE WHEN row.verdict = 'ACCEPTED' AND pair.states IS NULL THEN [1] ELSE [] END |
    CREATE (left)-[:SAME_AS {id: pair.id, org: $org, since: $now, by: $by, score: pair.score}]->(right)
  )
}
RETURN pair.id AS id
