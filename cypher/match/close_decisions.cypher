// summary: Withdraw what was decided of pairs that were locked and held: they are as if it had never been decided.
// mode:    write
// params:  ids: list<str> -- of pairs
//          by: str -- who withdraws it, by e-mail address
//          act: str -- by which a repeated request is known again
//          comment: str
//          now: datetime
// returns: id: str -- of each pair of which something had been decided
// index:   Match(id), Entity(id)
// rows:    at most one a pair
UNWIND $ids AS wanted
MATCH (pair:Match {id: wanted})<-[:DECIDES]-(decision:IdentityDecision)
WHERE decision.withdrawn_at IS NULL
SET decision.withdrawn_at = $now, decision.withdrawn_by = $by, decision.withdrawn_comment = $comment,
    decision.withdrawn_act = $act,
    pair.state = CASE WHEN pair.is_candidate THEN 'OPEN' ELSE 'WITHDRAWN' END
WITH pair
CALL (pair) {
  MATCH (:Entity {id: pair.left})-[same:SAME_AS]->(:Entity {id: pair.right})
  DELETE same
}
RETURN pair.id AS id
