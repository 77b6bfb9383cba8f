// summary: Some rows of a pattern that are in, of subjects of another kind than it asks about.
// mode:    read
// params:  pattern: str -- the pattern's id
//          kind: str -- of the subjects that it asks about
//          limit: int -- how many at most
// returns: id: str, key: str, marked: list<str>
// index:   PatternRow(pattern, moved_at)
// rows:    at most limit
MATCH (r:PatternRow)
WHERE r.pattern = $pattern AND r.moved_at IS NOT NULL AND r.left_at IS NULL AND r.kind <> $kind
RETURN r.id AS id, r.key AS key, r.marked AS marked
LIMIT $limit
