// summary: Forget the rows that left a pattern first, some of them; it is held.
// mode:    write
// params:  pattern: str -- the pattern's id
//          limit: int -- how many
// returns: deleted: int
// index:   PatternDesk(id), PatternRow(pattern, moved_at)
// rows:    1
MATCH (d:PatternDesk {id: $pattern})
CALL (d) {
  MATCH (r:PatternRow)
  WHERE r.pattern = $pattern AND r.moved_at IS NOT NULL AND r.left_at IS NOT NULL
  WITH r ORDER BY r.moved_at, r.id LIMIT $limit
  WITH r, r.left_at AS left_at
  DETACH DELETE r
  RETURN count(*) AS deleted, max(left_at) AS until
}
SET d.past = d.past - deleted, d.forgotten = coalesce(d.forgotten, 0) + deleted,
    d.forgotten_until = CASE WHEN until > d.forgotten_until THEN until ELSE coalesce(d.forgotten_until, until) END
RETURN deleted
