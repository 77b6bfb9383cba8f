// summary: A page of an organization's evidence that may be old: no answer that it is evidence of was looked at since.
// mode:    read
// params:  org: str -- the organization
//          before: datetime -- what is older
//          behind: datetime -- aged_from of the last one seen; null for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
// returns: id: str, sha256: str, aged_from: datetime -- it was not looked at later than this when it was looked at last
// index:   Evidence(org, aged_from)
// rows:    at most limit, the oldest first
MATCH (e:Evidence)
WHERE e.org = $org AND e.aged_from < $before
  AND ($behind IS NULL OR e.aged_from > $behind OR (e.aged_from = $behind AND e.id > $behind_id))
RETURN e.id AS id, e.sha256 AS sha256, e.aged_from AS aged_from
ORDER BY aged_from, id LIMIT $limit
