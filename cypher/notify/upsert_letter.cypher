// summary: Put a letter into the outbox.
// mode:    write
// params:  id: str
//          sealed: str -- address, subject and text
//          now: datetime
//          expires_at: datetime -- after that it is of no use
// returns: id: str
// index:   Letter(id)
// rows:    1
MERGE (letter:Letter {id: $id})
ON CREATE SET letter.sealed = $sealed, letter.created_at = $now, letter.due_at = $now, letter.expires_at = $expires_at,
              letter.tries = 0
RETURN letter.id AS id
