// summary: How many rows left patterns before a moment.
// mode:    read
// params:  org: str -- the organization
//          before: datetime -- what is older
// returns: total: int, bytes: int -- null: they lie in the database
//          oldest: datetime -- null where there is none, needed: int -- none
// index:   PatternRow(org, left_at)
// rows:    1
MATCH (r:PatternRow)
WHERE r.org = $org AND r.left_at < $before
RETURN count(*) AS total, null AS bytes, min(r.left_at) AS oldest, 0 AS needed
