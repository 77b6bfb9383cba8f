// summary: Forget some rows of one pattern that left it before a moment, and count them there.
// mode:    write
// params:  org: str -- the organization
//          before: datetime -- what is older
//          limit: int -- how many at most
// returns: deleted: int
// index:   PatternRow(org, left_at), PatternDesk(id)
// rows:    1
MATCH (any:PatternRow)
WHERE any.org = $org AND any.left_at < $before
WITH any.pattern AS pattern LIMIT 1
MATCH (d:PatternDesk {id: pattern})
// Its desk is held before its rows are looked for: whoever evaluates it may forget some of them, too.
REMOVE d._lock
WITH d
CALL (d) {
  MATCH (r:PatternRow)
  WHERE r.org = $org AND r.left_at < $before AND r.pattern = d.id
  WITH r ORDER BY r.left_at, r.id LIMIT $limit
  WITH r, r.left_at AS left_at
  DETACH DELETE r
  RETURN count(*) AS gone, max(left_at) AS until
}
SET d.past = d.past - gone, d.forgotten = coalesce(d.forgotten, 0) + gone,
    d.forgotten_until = CASE WHEN until > d.forgotten_until THEN until ELSE coalesce(d.forgotten_until, until) END
RETURN coalesce(sum(gone), 0) AS deleted
