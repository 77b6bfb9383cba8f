// summary: Forget pairs of which nothing was ever decided.
// mode:    write
// params:  ids: list<str> -- of pairs
// returns: id: str -- of each
// index:   Match(id)
// rows:    at most one a pair
UNWIND $ids AS gone
MATCH (pair:Match {id: gone})
WHERE NOT EXISTS { (pair)<-[:DECIDES]-(:IdentityDecision) }
WITH pair, pair.id AS id
DETACH DELETE pair
RETURN id
