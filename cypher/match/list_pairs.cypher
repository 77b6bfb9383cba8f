// summary: The pairs that entities are in, and how they stand.
// mode:    read
// params:  ids: list<str> -- of entities
//          system: str -- in whose name a threshold decides, and takes back
// returns: id: str, left: str, right: str, state: str, score: float, features: str, vetoes: str
//          is_candidate: bool -- whether comparing brought it up the last time
//          is_decided: bool -- whether anything was ever decided of it
//          is_settled: bool -- whether a person decided of it or took back what a threshold decided, whatever stands now
//          is_automatic: bool -- whether what stands was decided by a threshold
// index:   Entity(id)
// rows:    one a pair
UNWIND $ids AS id
MATCH (:Entity {id: id})<-[:COMPARES]-(pair:Match)
WITH DISTINCT pair
RETURN pair.id AS id, pair.left AS left, pair.right AS right, pair.state AS state, pair.score AS score,
       pair.features AS features, pair.vetoes AS vetoes, pair.is_candidate AS is_candidate,
       EXISTS { (pair)<-[:DECIDES]-(:IdentityDecision) } AS is_decided,
       EXISTS {
         MATCH (pair)<-[:DECIDES]-(decision:IdentityDecision)
         WHERE decision.by <> $system OR decision.withdrawn_by <> $system
       } AS is_settled,
       EXISTS {
         MATCH (pair)<-[:DECIDES]-(decision:IdentityDecision)
         WHERE decision.withdrawn_at IS NULL AND decision.is_automatic
       } AS is_automatic
