// summary: Forget what has been handed to channels.
// mode:    write
// params:  ids: list<str>
// returns: deleted: int
// index:   Notice(id)
// rows:    1
MATCH (n:Notice)
WHERE n.id IN $ids
DELETE n
RETURN count(*) AS deleted
