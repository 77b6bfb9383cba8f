// summary: Keep what is compared of entities, and the keys by which they are found.
// mode:    write
// params:  org: str -- the organization
//          profiles: list<map> -- id, kind, digest, profile (JSON) and keys (maps of id and key) of each entity
// returns: id: str -- of each
// index:   Entity(id), MatchProfile(id), MatchKey(id)
// rows:    one an entity
UNWIND $profiles AS row
MATCH (entity:Entity {id: row.id})
MERGE (profile:MatchProfile {id: row.id})
SET profile.org = $org, profile.kind = row.kind, profile.digest = row.digest, profile.profile = row.profile
MERGE (profile)-[:OF_ENTITY]->(entity)
WITH profile, row, [each IN row.keys | each.id] AS wanted
CALL (profile, wanted) {
  MATCH (profile)-[old:KEYED]->(key:MatchKey)
  WHERE NOT key.id IN wanted
  DELETE old
}
CALL (profile, row) {
  UNWIND row.keys AS each
  MERGE (key:MatchKey {id: each.id})
  ON CREATE SET key.org = $org, key.key = each.key
  MERGE (profile)-[:KEYED]->(key)
}
RETURN row.id AS id
