// summary: The rows of a pattern that entered or left together, by how they are marked.
// mode:    read
// params:  org: str -- the organization
//          act: str -- what they moved in together
//          named: int -- how many of a group are named at most
// returns: marks: list<str> -- the markings of the rows, and of all that they name and rest on, now and as they entered
//          is_in: bool -- whether they entered; else they left
//          total: int
//          captions: list<str> -- of some of their subjects
// index:   PatternRow(entered_act), PatternRow(left_act), Entity(id)
// rows:    one for each way of being marked, and of moving
CALL () {
  MATCH (r:PatternRow)
  WHERE r.entered_act = $act AND r.org = $org
  RETURN r, true AS is_in
  UNION ALL
  MATCH (r:PatternRow)
  WHERE r.left_act = $act AND r.org = $org
  RETURN r, false AS is_in
}
WITH r, is_in, COLLECT {
  MATCH (r)-[:SHOWS]->(basis:Entity)
  RETURN DISTINCT coalesce(basis.tlp, '')
} + COLLECT {
  MATCH (r)-[:SHOWS]->(one:Entity)
  MATCH (r)-[:SHOWS]->(two:Entity)
  MATCH (one)-[link]->(two)
  WHERE link.id IN r.links
  RETURN DISTINCT coalesce(link.tlp, '')
} + r.marked AS marks
WITH r, is_in, COLLECT { UNWIND marks AS mark RETURN DISTINCT mark ORDER BY mark } AS marks
ORDER BY r.subject, r.id
WITH marks, is_in, count(*) AS total, collect(r.subject)[..$named] AS some
RETURN marks, is_in, total, COLLECT {
  UNWIND some AS id
  MATCH (named:Entity {id: id})
  RETURN coalesce(named.caption, named.key) AS caption ORDER BY caption
} AS captions
