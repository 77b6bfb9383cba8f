// summary: Watch a saved query of somebody's own, or go on doing so; it is looked at next.
// mode:    write
// params:  id: str -- of the query
//          org: str -- the organization
//          owner: str -- the id of whose it is
//          is_told: bool -- whether channels tell of changes; null to leave that as it is
//          now: datetime
// returns: id: str
// index:   SavedQuery(id), Watch(id)
// rows:    1, or none where there is no such query
MATCH (q:SavedQuery {id: $id})
WHERE q.org = $org AND q.owner = $owner
MERGE (w:Watch {id: $id})
// The fence begins at the time, so that one that is watched anew is not taken for the one before.
ON CREATE SET w.org = $org, w.owner = $owner, w.since = $now, w.is_told = false, w.fence = $now.epochMillis, w.seen = '',
              w.forgotten = 0
SET w.is_told = coalesce($is_told, w.is_told), w.due_at = $now, w.not_before = $now,
    w.failed_at = null, w.failure = null
RETURN w.id AS id
