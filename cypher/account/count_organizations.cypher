// summary: How many organizations there are.
// mode:    read
// params:  none
// returns: total: int
// index:   Organization(id)
// rows:    1
MATCH (org:Organization)
WHERE org.id > ''
RETURN count(org) AS total
