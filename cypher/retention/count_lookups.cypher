// summary: How many entities' answers of how many collectors were given before a moment and are kept to be used again.
// mode:    read
// params:  org: str -- the organization
//          before: datetime -- what is older
// returns: total: int, bytes: int -- null: they lie in the database
//          oldest: datetime -- null where there is none, needed: int -- 0
// index:   Lookup(org)
// rows:    1
MATCH (k:Lookup)
WHERE k.org = $org AND k.at < $before
RETURN count(k) AS total, null AS bytes, min(k.at) AS oldest, 0 AS needed
