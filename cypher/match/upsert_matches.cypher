// summary: Keep pairs that may be one, with what was compared.
// mode:    write
// params:  org: str -- the organization
//          now: datetime
//          matches: list<map> -- id, left, right, kind, score, prior, features, vetoes, scorer_version,
//          is_candidate, states
// returns: id: str, state: str
// index:   Entity(id), Match(id)
// rows:    one a pair
UNWIND $matches AS row
MATCH (left:Entity {id: row.left})
MATCH (right:Entity {id: row.right})
MERGE (pair:Match {id: row.id})
ON CREATE SET pair.org = $org, pair.left = row.left, pair.right = row.right, pair.state = 'WITHDRAWN'
MERGE (pair)-[:COMPARES]->(left)
MERGE (pair)-[:COMPARES]->(right)
WITH pair, row, pair.state = 'WITHDRAWN' AND row.is_candidate AS is_raised,
     pair.state IN ['OPEN', 'DEFERRED'] AND NOT row.is_candidate AS is_over
SET pair.kind = row.kind, pair.score = row.score, pair.prior = row.prior, pair.features = row.features, pair.vetoes = row.vetoes,
    pair.scorer_version = row.scorer_version, pair.is_candidate = row.is_candidate,
    pair.states = row.states, pair.changed_at = $now,
    pair.raised_at = CASE WHEN is_raised THEN $now ELSE coalesce(pair.raised_at, $now) END,
    pair.state = CASE WHEN is_raised THEN 'OPEN' WHEN is_over THEN 'WITHDRAWN' ELSE pair.state END
RETURN pair.id AS id, pair.state AS state
