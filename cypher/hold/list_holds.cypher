// summary: A page of an organization's legal holds, latest set first.
// mode:    read
// params:  org: str -- the organization
//          id: str -- only this one; null for all
//          standing: bool -- only those that stand; false for those lifted, too
//          behind: datetime -- set_at of the last one seen; null for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
// returns: id: str, reason: str, set_by: str -- id of a user, or `operator`, set_by_name: str -- e-mail address, else the id
//          set_at: datetime, lifted_by: str, lifted_at: datetime, lift_reason: str -- null while it stands
// index:   LegalHold(org), User(id)
// rows:    at most limit
MATCH (hold:LegalHold)
WHERE hold.org = $org AND ($id IS NULL OR hold.id = $id) AND (NOT $standing OR hold.lifted_at IS NULL)
  AND ($behind IS NULL OR hold.set_at < $behind OR (hold.set_at = $behind AND hold.id > $behind_id))
WITH hold ORDER BY hold.set_at DESC, hold.id LIMIT $limit
OPTIONAL MATCH (user:User {id: hold.set_by})
RETURN hold.id AS id, hold.reason AS reason, hold.set_by AS set_by, coalesce(user.email, hold.set_by) AS set_by_name,
       hold.set_at AS set_at, hold.lifted_by AS lifted_by, hold.lifted_at AS lifted_at, hold.lift_reason AS lift_reason
ORDER BY set_at DESC, id
