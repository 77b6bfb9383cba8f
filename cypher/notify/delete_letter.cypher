// summary: Forget a letter: it was sent, or is not to be sent any more.
// mode:    write
// params:  id: str
// returns: deleted: int
// index:   Letter(id)
// rows:    1
MATCH (letter:Letter {id: $id})
DELETE letter
RETURN count(*) AS deleted
