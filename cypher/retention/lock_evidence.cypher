// summary: All that some contents are evidence of, in whichever organization, locked until the transaction's end: a file is
//          one for all of them.
// mode:    write
// params:  files: list<str> -- SHA-256 each
// returns: id: str, org: str, sha256: str, size_bytes: int, removed_at: datetime -- null while the file is kept for it
//          latest: datetime -- when the latest answer arrived that it is evidence of; null where there is none
// index:   Evidence(sha256)
// rows:    one a piece of evidence
MATCH (e:Evidence)
WHERE e.sha256 IN $files
WITH e ORDER BY e.id
REMOVE e._lock
WITH collect(e) AS locked
UNWIND locked AS e
RETURN e.id AS id, e.org AS org, e.sha256 AS sha256, e.size_bytes AS size_bytes, e.removed_at AS removed_at,
       head(COLLECT { MATCH (e)<-[:EVIDENCED_BY]-(o:Observation) RETURN max(o.ended_at) }) AS latest
