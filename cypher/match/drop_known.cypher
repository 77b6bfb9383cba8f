// summary: Bring up no longer, of pairs of which nothing is decided any more, what sources say beside it.
// mode:    write
// params:  ids: list<str> -- of pairs
//          now: datetime
// returns: id: str -- of each that stood open
// index:   Match(id), Entity(id)
// rows:    at most one a pair
UNWIND $ids AS id
MATCH (pair:Match {id: id})
WHERE pair.state = 'OPEN' AND EXISTS {
  MATCH (:Entity {id: pair.left})-[known:HAS_EMAIL]-(:Entity {id: pair.right})
  WHERE pair.states = type(known) AND known.holds_since IS NOT NULL
}
SET pair.state = 'WITHDRAWN', pair.is_candidate = false, pair.changed_at = $now
RETURN pair.id AS id
