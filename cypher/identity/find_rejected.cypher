// summary: Pairs between two groups of entities that somebody holds to be two.
// mode:    read
// params:  org: str -- the organization
//          lefts: list<str>, rights: list<str> -- ids of entities
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: id: str -- of the pair, left: str, right: str, left_caption: str, right_caption: str
// index:   Entity(id)
// rows:    one a pair
UNWIND $lefts AS one
MATCH (side:Entity {id: one})<-[:COMPARES]-(pair:Match {state: 'REJECTED'})-[:COMPARES]->(other:Entity)
WHERE side.org = $org AND other.id IN $rights
  AND ($readable IS NULL OR (coalesce(side.tlp, '') IN $readable AND coalesce(other.tlp, '') IN $readable))
RETURN pair.id AS id, side.id AS left, other.id AS right, coalesce(side.caption, side.key) AS left_caption,
       coalesce(other.caption, other.key) AS right_caption
ORDER BY id
