// summary: Forget what was compared of entities that hold no longer.
// mode:    write
// params:  ids: list<str> -- of entities
// returns: id: str -- of each that had been compared
// index:   MatchProfile(id)
// rows:    at most one an entity
UNWIND $ids AS gone
MATCH (profile:MatchProfile {id: gone})
WITH profile, profile.id AS id
DETACH DELETE profile
RETURN id
