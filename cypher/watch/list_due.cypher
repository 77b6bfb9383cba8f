// summary: Watches that are to be looked at: by the clock, and those of organizations in which something happened since.
// mode:    read
// params:  now: datetime
//          heard: list<map> -- org, and place in the stream of events: what happened there last
//          limit: int -- how many at most
// returns: id: str, org: str
//          ready_at: datetime -- from when on it may be looked at: nobody else does, and its pause is over
// index:   Watch(due_at), Watch(org)
// rows:    at most limit, those first that wait longest
CALL () {
  MATCH (w:Watch)
  WHERE w.due_at <= $now
  RETURN w
  UNION
  UNWIND $heard AS each
  MATCH (w:Watch)
  WHERE w.org = each.org AND w.seen < each.place
  RETURN w
}
RETURN w.id AS id, w.org AS org,
       CASE WHEN w.taken_until > w.not_before THEN w.taken_until ELSE w.not_before END AS ready_at
ORDER BY ready_at, id
LIMIT $limit
