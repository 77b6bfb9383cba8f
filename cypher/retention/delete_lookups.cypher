// summary: Delete some of what tells when answers were given, of those given before a moment.
// mode:    write
// params:  org: str -- the organization
//          before: datetime -- what is older
//          limit: int -- how many at most
// returns: deleted: int
// index:   Lookup(org)
// rows:    1
MATCH (k:Lookup)
WHERE k.org = $org AND k.at < $before
WITH k LIMIT $limit
REMOVE k._lock
// Under the lock: it may have been answered again.
WITH k WHERE k.at < $before
DELETE k
RETURN count(*) AS deleted
