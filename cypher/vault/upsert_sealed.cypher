// summary: Replace sealed values by the same ones under another master key, unless they have changed meanwhile.
// mode:    write
// params:  rows: list<map> -- element (id), before, after
//          version: str -- of the master key that seals them now
// returns: done: int -- how many were replaced
// index:   element ids
// rows:    1
UNWIND $rows AS row
MATCH (n)
WHERE elementId(n) = row.element
REMOVE n._lock
WITH n, row
WHERE n.sealed = row.before
SET n.sealed = row.after, n.key_version = $version
RETURN count(n) AS done
