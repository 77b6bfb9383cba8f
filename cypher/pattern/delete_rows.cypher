// summary: Delete some rows of a pattern that was given up and is held; with the last of them the pattern.
// mode:    write
// params:  pattern: str -- the pattern's id
//          limit: int -- how many at most
// returns: deleted: int -- 0 where the pattern went
// index:   Pattern(id), PatternDesk(id), PatternRow(pattern, moved_at)
// rows:    1
MATCH (p:Pattern {id: $pattern})
MATCH (d:PatternDesk {id: $pattern})
CALL (p) {
  MATCH (r:PatternRow)
  WHERE r.pattern = p.id AND r.moved_at IS NOT NULL
  WITH r LIMIT $limit
  DETACH DELETE r
  RETURN count(*) AS deleted
}
WITH p, d, deleted
FOREACH (_ IN CASE deleted WHEN 0 THEN [1] ELSE [] END | DELETE p, d)
RETURN deleted
