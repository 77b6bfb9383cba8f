// summary: What was compared of entities the last time.
// mode:    read
// params:  ids: list<str> -- of entities
// returns: id: str, digest: str, profile: str -- as JSON
// index:   MatchProfile(id)
// rows:    one an entity that was compared
UNWIND $ids AS id
MATCH (profile:MatchProfile {id: id})
RETURN profile.id AS id, profile.digest AS digest, profile.profile AS profile
