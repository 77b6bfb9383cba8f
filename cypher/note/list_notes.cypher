// summary: The latest notes about an entity or a finding.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the id of what they are about
//          limit: int -- how many at most
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: id: str, text: str, author: str -- e-mail address, created_at: datetime
//          tlp: str -- its marking, null where it is open
// index:   Note(org, about)
// rows:    at most limit
MATCH (note:Note)
WHERE note.org = $org AND note.about = $id AND ($readable IS NULL OR coalesce(note.tlp, '') IN $readable)
RETURN note.id AS id, note.text AS text, note.author AS author, note.created_at AS created_at,
       note.tlp AS tlp
ORDER BY note.created_at DESC, note.id
LIMIT $limit
