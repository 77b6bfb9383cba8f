// summary: What was compared of entities the last time. One value for all: rows cost the driver more than the database.
// mode:    read
// params:  ids: list<str> -- of entities
// returns: profiles: list<list<str>> -- id, digest, and profile as JSON of each that was compared
// index:   MatchProfile(id)
// rows:    1
UNWIND $ids AS id
MATCH (profile:MatchProfile {id: id})
RETURN collect([profile.id, profile.digest, profile.profile]) AS profiles
