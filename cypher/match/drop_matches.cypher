// summary: Bring up pairs no longer: what nobody ever decided of is forgotten, the others stay for their record.
// mode:    write
// params:  ids: list<str> -- of pairs
//          now: datetime
// returns: id: str -- of each that stood open or put off
// index:   Match(id)
// rows:    at most one a pair
UNWIND $ids AS gone
MATCH (pair:Match {id: gone})
WITH pair, pair.id AS id, pair.state IN ['OPEN', 'DEFERRED'] AS was_up,
     EXISTS { (pair)<-[:DECIDES]-(:IdentityDecision) } AS is_decided
CALL (pair, is_decided, was_up) {
  WITH * WHERE is_decided AND pair.is_candidate
  SET pair.is_candidate = false, pair.changed_at = $now,
      pair.state = CASE WHEN was_up THEN 'WITHDRAWN' ELSE pair.state END
}
CALL (pair, is_decided) {
  WITH * WHERE NOT is_decided
  DETACH DELETE pair
}
WITH id, was_up WHERE was_up
RETURN id
