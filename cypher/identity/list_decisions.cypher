// summary: What was decided of pairs that were read and held, latest first.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- of pairs
//          only_standing: bool -- whether only what was not taken back
//          limit: int -- how many of a pair at most
// returns: match: str, properties: map -- the decision's
// index:   Match(id)
// rows:    at most limit a pair
UNWIND $ids AS id
MATCH (pair:Match {id: id})
WHERE pair.org = $org
CALL (pair) {
  MATCH (pair)<-[:DECIDES]-(decision:IdentityDecision)
  WHERE NOT $only_standing OR decision.withdrawn_at IS NULL
  RETURN decision
  ORDER BY decision.at DESC, decision.id LIMIT $limit
}
RETURN pair.id AS match, properties(decision) AS properties
