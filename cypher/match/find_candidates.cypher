// summary: Whom to compare entities with: those that share the most and the rarest keys.
// mode:    read
// params:  profiles: list<map> -- id, kinds (whom it can be one with) and keys (their ids) of each entity
//          hub: int -- a key that more have brings nobody together
//          most: int -- how many for an entity at most
// returns: id: str -- of the entity, candidates: list<str> -- ids of entities, the likeliest first
// index:   MatchKey(id)
// rows:    one an entity
UNWIND $profiles AS row
CALL (row) {
  UNWIND row.keys AS wanted
  MATCH (key:MatchKey {id: wanted})
  WITH key, COUNT { (key)<-[:KEYED]-() } AS size
  WHERE size <= $hub
  MATCH (key)<-[:KEYED]-(other:MatchProfile)
  WITH other, sum(1.0 / size) AS weight
  WHERE other.id <> row.id AND other.kind IN row.kinds
  WITH other.id AS found, weight
  ORDER BY weight DESC, found LIMIT $most
  RETURN collect(found) AS candidates
}
RETURN row.id AS id, candidates
