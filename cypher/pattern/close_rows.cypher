// summary: Let rows leave the answer of a pattern that is held.
// mode:    write
// params:  pattern: str -- the pattern's id
//          ids: list<str> -- of rows that are in
//          now: datetime
//          act: str -- what they move in together
// returns: id: str -- of each
// index:   PatternDesk(id), PatternRow(id)
// rows:    one a row
MATCH (d:PatternDesk {id: $pattern})
SET d.rows = d.rows - size($ids), d.past = d.past + size($ids)
WITH d
UNWIND $ids AS id
MATCH (r:PatternRow {id: id})
SET r.left_at = $now, r.moved_at = $now, r.left_act = $act
RETURN r.id AS id
