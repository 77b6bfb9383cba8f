// summary: Say of evidence that its raw answer is kept no more. That there was one, and which, stays.
// mode:    write
// params:  ids: list<str>
//          at: datetime -- now
// returns: id: str
// index:   Evidence(id)
// rows:    one a piece of evidence
UNWIND $ids AS id
MATCH (e:Evidence {id: id})
SET e.removed_at = $at
REMOVE e.aged_from
RETURN e.id AS id
