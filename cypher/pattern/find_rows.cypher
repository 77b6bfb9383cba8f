// summary: The rows of a pattern that are in, of some subjects.
// mode:    read
// params:  pattern: str -- the pattern's id
//          subjects: list<str> -- ids of entities
// returns: id: str
//          key: str -- by which the row is known again
//          marked: list<str> -- the markings that it has as it entered
// index:   PatternRow(pattern, subject)
// rows:    one a row that is in
UNWIND $subjects AS subject
MATCH (r:PatternRow)
WHERE r.pattern = $pattern AND r.subject = subject AND r.left_at IS NULL
RETURN r.id AS id, r.key AS key, r.marked AS marked
