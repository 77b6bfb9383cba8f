// summary: Set what is known of keys: what is used of them, and whether their source takes them.
// mode:    write
// params:  org: str -- the organization
//          rows: list<map> -- id, refused_at, rests_until, rests, trouble, day, used_day, month, used_month and last_used_at of each
// returns: id: str
// index:   Secret(id)
// rows:    one a key that is there
UNWIND $rows AS row
MATCH (s:Secret {id: row.id})
WHERE s.org = $org
SET s.refused_at = row.refused_at, s.rests_until = row.rests_until, s.rests = row.rests, s.trouble = row.trouble,
    s.day = row.day, s.used_day = row.used_day, s.month = row.month, s.used_month = row.used_month,
    s.last_used_at = row.last_used_at
RETURN s.id AS id
