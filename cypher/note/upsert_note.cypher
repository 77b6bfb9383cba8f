// summary: Note something about an entity or a finding.
// mode:    write
// params:  org: str -- the organization
//          id: str -- the note's id
//          about: str -- the id of the entity or finding
//          text: str
//          author: str -- e-mail address
//          now: datetime
// returns: id: str, text: str, author: str, created_at: datetime
// index:   Entity(id), Finding(id), Note(id)
// rows:    1, or none where there is no such entity or finding
OPTIONAL MATCH (entity:Entity {id: $about})
WHERE entity.org = $org
OPTIONAL MATCH (finding:Finding {id: $about})
WHERE finding.org = $org
WITH coalesce(entity, finding) AS subject
WHERE subject IS NOT NULL
MERGE (note:Note {id: $id})
ON CREATE SET note.org = $org, note.about = $about, note.text = $text, note.author = $author, note.created_at = $now
MERGE (note)-[:ABOUT]->(subject)
RETURN note.id AS id, note.text AS text, note.author AS author, note.created_at AS created_at
