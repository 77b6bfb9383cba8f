// summary: How many findings were closed before a moment.
// mode:    read
// params:  org: str -- the organization
//          before: datetime -- what is older
// returns: total: int, bytes: int -- null: they lie in the database
//          oldest: datetime -- null where there is none, needed: int -- how many beside them stay: somebody noted something
// index:   Finding(org, closed_at)
// rows:    1
MATCH (f:Finding)
WHERE f.org = $org AND f.closed_at < $before AND f.state = 'CLOSED'
WITH f, EXISTS { MATCH (f)<-[:ABOUT]-(:Note) } AS is_noted
RETURN sum(CASE WHEN is_noted THEN 0 ELSE 1 END) AS total, null AS bytes,
       min(CASE WHEN is_noted THEN null ELSE f.closed_at END) AS oldest, sum(CASE WHEN is_noted THEN 1 ELSE 0 END) AS needed
