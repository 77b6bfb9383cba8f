// summary: Take a letter for sending, so that nobody else sends it meanwhile.
// mode:    write
// params:  id: str
//          now: datetime
//          until: datetime -- then it is due again, should the sender have died
// returns: sealed: str -- address, subject and text, tries: int -- this one included, expires_at: datetime
// index:   Letter(id)
// rows:    0 or 1
MATCH (letter:Letter {id: $id})
REMOVE letter._lock
WITH letter
WHERE letter.due_at <= $now
SET letter.due_at = $until, letter.tries = letter.tries + 1
RETURN letter.sealed AS sealed, letter.tries AS tries, letter.expires_at AS expires_at
