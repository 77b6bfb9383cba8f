// summary: What these pairs state, or stated once, of those of which accepting states a relationship.
// mode:    read
// params:  ids: list<str> -- of pairs
// returns: id: str -- of the pair, state: str
//          sides: list<map> -- of both: labels, key, tlp (its marking; empty for the open one)
// index:   Match(id), Entity(id)
// rows:    at most one a pair
UNWIND $ids AS id
MATCH (pair:Match {id: id})
WHERE pair.states IS NOT NULL AND EXISTS { (pair)<-[:DECIDES]-(:IdentityDecision {verdict: 'ACCEPTED'}) }
MATCH (left:Entity {id: pair.left})
MATCH (right:Entity {id: pair.right})
RETURN pair.id AS id, pair.state AS state,
       [side IN [left, right] | {labels: labels(side), key: side.key, tlp: coalesce(side.tlp, '')}] AS sides
ORDER BY id
