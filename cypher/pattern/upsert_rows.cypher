// summary: Let rows of a pattern that is held enter its answer, with the entities that they show; mark others anew.
// mode:    write
// params:  org: str -- the organization
//          pattern: str -- the pattern's id
//          kind: str -- of the subjects
//          now: datetime
//          act: str -- what they move in together
//          more: int -- how many of them enter; the others are in
//          entered: list<map> -- id, key, subject, values (JSON), basis (ids of entities), links (ids), marked
// returns: id: str -- of each
//          is_whole: bool -- whether all its relationships lie between its entities
// index:   PatternDesk(id), PatternRow(id), Entity(id)
// rows:    one a row
MATCH (d:PatternDesk {id: $pattern})
SET d.rows = d.rows + $more
WITH d
UNWIND $entered AS row
MERGE (r:PatternRow {id: row.id})
ON CREATE SET r.org = $org, r.pattern = $pattern, r.kind = $kind, r.key = row.key, r.subject = row.subject,
              r.values = row.values, r.links = row.links, r.entered_at = $now, r.moved_at = $now, r.entered_act = $act
WITH r, row
CALL (r, row) {
  UNWIND row.basis AS id
  MATCH (basis:Entity {id: id})
  MERGE (r)-[:SHOWS]->(basis)
  RETURN collect(DISTINCT coalesce(basis.tlp, '')) AS of_entities
}
CALL (r) {
  MATCH (r)-[:SHOWS]->(one:Entity)
  MATCH (r)-[:SHOWS]->(two:Entity)
  MATCH (one)-[link]->(two)
  WHERE link.id IN r.links
  RETURN collect(DISTINCT coalesce(link.tlp, '')) AS of_links,
         count(DISTINCT link.id) AS placed
}
SET r.marked = reduce(all = [], mark IN row.marked + of_entities + of_links | CASE WHEN mark IN all THEN all ELSE all + mark END)
RETURN r.id AS id, placed = size(r.links) AS is_whole
