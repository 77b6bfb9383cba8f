// summary: How much of an organization's evidence is older than a moment, and how large the contents are that it alone refers to.
// mode:    read
// params:  org: str -- the organization
//          before: datetime -- what is older
// returns: total: int, bytes: int -- of contents that nothing younger of the organization is evidence by
//          oldest: datetime -- null where there is none, needed: int -- 0
// index:   Evidence(org, aged_from), Evidence(sha256)
// rows:    1
MATCH (e:Evidence)
WHERE e.org = $org AND e.aged_from < $before
WITH e, head(COLLECT { MATCH (e)<-[:EVIDENCED_BY]-(o:Observation) RETURN max(o.ended_at) }) AS latest
WHERE coalesce(latest, e.aged_from) < $before
WITH e.sha256 AS sha256, max(e.size_bytes) AS size, min(coalesce(latest, e.aged_from)) AS oldest, count(e) AS old
WITH sha256, size, oldest, old,
     COUNT { MATCH (k:Evidence) WHERE k.sha256 = sha256 AND k.org = $org AND k.removed_at IS NULL } AS kept
RETURN coalesce(sum(old), 0) AS total, coalesce(sum(CASE WHEN kept = old THEN size ELSE 0 END), 0) AS bytes,
       min(oldest) AS oldest, 0 AS needed
