// summary: Hold a pattern's desk, so that one transaction at a time evaluates it; tells how it stands by then.
// mode:    write
// params:  id: str -- of the pattern
// returns: number: int -- how often the pattern was saved
//          rows: int -- how many are in
//          past: int -- how many that left are kept
//          is_deleted: bool
// index:   Pattern(id), PatternDesk(id)
// rows:    1, or none where it is gone
MATCH (known:Pattern {id: $id})
MERGE (d:PatternDesk {id: $id})
ON CREATE SET d.org = known.org, d.rows = 0, d.past = 0
// Removing what is not there takes the lock and writes nothing. Whoever saves the pattern does not wait for it.
REMOVE d._lock
WITH d
MATCH (p:Pattern {id: $id})
RETURN p.number AS number, d.rows AS rows, d.past AS past, p.deleted_at IS NOT NULL AS is_deleted
