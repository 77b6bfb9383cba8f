// summary: Delete the oldest rows of a chain whose head is locked; the head keeps the hash of the last of them.
// mode:    write
// params:  org: str -- the organization; empty for the platform's own chain
//          anchor_seq: int -- of the last row to delete, anchor_hash: str -- of that row
//          sealed: str -- the chain's ends, sealed, key_version: str -- of the master key that seals it
// returns: deleted: int -- how many rows
// index:   AuditHead(org), AuditEvent(org, seq)
// rows:    1
MATCH (head:AuditHead {org: $org})
SET head.anchor_seq = $anchor_seq, head.anchor_hash = $anchor_hash, head.sealed = $sealed, head.key_version = $key_version
WITH head
CALL (head) {
  MATCH (e:AuditEvent)
  WHERE e.org = $org AND e.seq <= $anchor_seq
  DELETE e
  RETURN count(*) AS deleted
}
RETURN deleted
