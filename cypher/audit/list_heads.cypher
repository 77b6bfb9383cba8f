// summary: The ends of all chains, or of one.
// mode:    read
// params:  org: str -- the organization; empty for the platform's own chain; null for all chains
// returns: org: str, seq: int -- of the last row, hash: str -- of the last row
//          anchor_seq: int -- of the last row that was deleted by age, anchor_hash: str -- of that row, sealed: str
// scan:    there is one head for each organization
// rows:    one a chain, by organization
MATCH (head:AuditHead)
WHERE $org IS NULL OR head.org = $org
RETURN head.org AS org, head.seq AS seq, head.hash AS hash, head.anchor_seq AS anchor_seq,
       head.anchor_hash AS anchor_hash, head.sealed AS sealed
ORDER BY org
