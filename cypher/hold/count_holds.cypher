// summary: How many legal holds an organization has.
// mode:    read
// params:  org: str -- the organization
//          standing: bool -- only those that stand; false for those lifted, too
// returns: total: int
// index:   LegalHold(org)
// rows:    1
MATCH (hold:LegalHold)
WHERE hold.org = $org AND (NOT $standing OR hold.lifted_at IS NULL)
RETURN count(hold) AS total
