// summary: Findings that were open at one of two moments and not at the other.
// mode:    read
// params:  org: str -- the organization
//          start: datetime -- the earlier moment
//          end: datetime -- the later one
//          kinds: list<str> -- only about entities of these kinds; null for all
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: id: str, subject: str -- the id of what it is about, is_open: bool -- whether it was open at the later moment
// index:   Finding(org, state)
// rows:    one a finding
MATCH (f:Finding)-[:ABOUT]->(about:Entity)
WHERE f.org = $org AND f.state IN ['OPEN', 'CLOSED', 'SUPPRESSED']
  AND ($kinds IS NULL OR any(kind IN labels(about) WHERE kind IN $kinds))
  AND ($readable IS NULL OR NOT EXISTS {
    MATCH (f)-[:ABOUT|RESTS_ON]->(basis:Entity)
    WHERE NOT coalesce(basis.tlp, '') IN $readable
  } AND NOT EXISTS {
    MATCH (f)-[:ABOUT|RESTS_ON]->(one:Entity)
    MATCH (f)-[:ABOUT|RESTS_ON]->(two:Entity)
    MATCH (one)-[link]->(two)
    WHERE link.id IN f.evidence_relationships AND NOT coalesce(link.tlp, '') IN $readable
  })
WITH f, about, coalesce(f.past, []) + [f.opened_at, f.closed_at] AS moments
WITH f, about, [place IN range(0, size(moments) - 1, 2) | [moments[place], moments[place + 1]]] AS spans
WITH f, about,
     any(span IN spans WHERE span[0] <= $start AND (span[1] IS NULL OR span[1] > $start)) AS was_open,
     any(span IN spans WHERE span[0] <= $end AND (span[1] IS NULL OR span[1] > $end)) AS is_open
WHERE was_open <> is_open
RETURN f.id AS id, about.id AS subject, is_open
