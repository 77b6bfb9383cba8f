// summary: A page of an organization's runs, latest made first.
// mode:    read
// params:  org: str -- the organization
//          scan: str -- only of this scan; null for all
//          behind: datetime -- created_at of the last one seen; null for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
// returns: properties: map
// index:   Run(org, created_at)
// rows:    at most limit
MATCH (r:Run)
WHERE r.org = $org AND r.created_at IS NOT NULL AND ($scan IS NULL OR r.scan = $scan)
  AND ($behind IS NULL OR r.created_at < $behind OR (r.created_at = $behind AND r.id > $behind_id))
RETURN properties(r) AS properties
ORDER BY r.created_at DESC, r.id
LIMIT $limit
