// summary: Note something about an entity or a finding.
// mode:    write
// params:  org: str -- the organization
//          id: str -- the note's id
//          about: str -- the id of the entity or finding
//          text: str
//          author: str -- e-mail address
//          now: datetime
//          tlp: str -- its marking, null where it is open
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: id: str, text: str, author: str, created_at: datetime, tlp: str
// index:   Entity(id), Finding(id), Note(id)
// rows:    1, or none where there is no such entity or finding
OPTIONAL MATCH (entity:Entity {id: $about})
WHERE entity.org = $org AND ($readable IS NULL OR coalesce(entity.tlp, '') IN $readable)
OPTIONAL MATCH (finding:Finding {id: $about})
WHERE finding.org = $org
  AND ($readable IS NULL OR NOT EXISTS {
    MATCH (finding)-[:ABOUT|RESTS_ON]->(basis:Entity)
    WHERE NOT coalesce(basis.tlp, '') IN $readable
  } AND NOT EXISTS {
    MATCH (finding)-[:ABOUT|RESTS_ON]->(one:Entity)
    MATCH (finding)-[:ABOUT|RESTS_ON]->(two:Entity)
    MATCH (one)-[link]->(two)
    WHERE link.id IN finding.evidence_relationships AND NOT coalesce(link.tlp, '') IN $readable
  })
WITH coalesce(entity, finding) AS subject
WHERE subject IS NOT NULL
MERGE (note:Note {id: $id})
ON CREATE SET note.org = $org, note.about = $about, note.text = $text, note.author = $author, note.created_at = $now,
              note.tlp = $tlp
MERGE (note)-[:ABOUT]->(subject)
RETURN note.id AS id, note.text AS text, note.author AS author, note.created_at AS created_at,
       note.tlp AS tlp
