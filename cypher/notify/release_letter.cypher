// summary: Give a letter back that could not be sent, to be tried again later.
// mode:    write
// params:  id: str
//          due_at: datetime
// returns: id: str
// index:   Letter(id)
// rows:    0 or 1
MATCH (letter:Letter {id: $id})
SET letter.due_at = $due_at
RETURN letter.id AS id
