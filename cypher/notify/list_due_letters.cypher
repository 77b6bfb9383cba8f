// summary: Letters that are to be sent now, longest due first.
// mode:    read
// params:  now: datetime
//          limit: int
// returns: id: str
// index:   Letter(due_at)
// rows:    at most limit
MATCH (letter:Letter)
WHERE letter.due_at <= $now
RETURN letter.id AS id
ORDER BY letter.due_at
LIMIT $limit
