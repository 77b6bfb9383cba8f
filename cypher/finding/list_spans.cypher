// summary: The times in which findings were open, since a moment: for how many there were on each day.
// mode:    read
// params:  org: str -- the organization
//          since: datetime -- what ended before is left out
//          severities: list<str>
//          rules: list<str> -- only these rules; null for all
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: severity: str, opened: date -- null where that was before `since`
//          closed: date -- null while it is open, total: int -- how many spans are alike
// index:   Finding(org, state)
// rows:    one a severity, day and day
MATCH (f:Finding)
WHERE f.org = $org AND f.state IN ['OPEN', 'CLOSED'] AND f.severity IN $severities AND ($rules IS NULL OR f.rule IN $rules)
  AND (f.closed_at IS NULL OR f.closed_at >= $since)
  AND ($readable IS NULL OR NOT EXISTS {
    MATCH (f)-[:ABOUT|RESTS_ON]->(basis:Entity)
    WHERE NOT coalesce(basis.tlp, '') IN $readable
  } AND NOT EXISTS {
    MATCH (f)-[:ABOUT|RESTS_ON]->(one:Entity)
    MATCH (f)-[:ABOUT|RESTS_ON]->(two:Entity)
    MATCH (one)-[link]->(two)
    WHERE link.id IN f.evidence_relationships AND NOT coalesce(link.tlp, '') IN $readable
  })
WITH f, coalesce(f.past, []) + [f.opened_at, f.closed_at] AS moments
UNWIND range(0, size(moments) - 1, 2) AS place
WITH f, moments[place] AS opened_at, moments[place + 1] AS closed_at
WHERE closed_at IS NULL OR closed_at >= $since
RETURN f.severity AS severity, CASE WHEN opened_at >= $since THEN date(opened_at) END AS opened,
       date(closed_at) AS closed, count(*) AS total
ORDER BY opened, closed, severity
