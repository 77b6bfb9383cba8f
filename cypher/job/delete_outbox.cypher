// summary: Forget events that were published.
// mode:    write
// params:  ids: list<str> -- the outbox entries' ids
// returns: deleted: int
// index:   Outbox(id)
// rows:    1
UNWIND $ids AS id
MATCH (o:Outbox {id: id})
DELETE o
RETURN count(*) AS deleted
