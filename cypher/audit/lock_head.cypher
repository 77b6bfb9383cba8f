// summary: The end of a chain, locked until the transaction's end, and which of some rows it has already.
// mode:    write
// params:  org: str -- the organization; empty for the platform's own chain
//          ids: list<str> -- ids of rows
// returns: seq: int -- of the last row, hash: str -- of the last row
//          anchor_seq: int -- of the last row that was deleted by age, anchor_hash: str -- of that row
//          sealed: str -- what the four were at the last append, known: list<str> -- which of the rows are there
//          beyond: list<map> -- seq, hash of the last row behind the end, which nobody should have written
// index:   AuditHead(org), AuditEvent(id), AuditEvent(org, seq)
// rows:    1
MERGE (head:AuditHead {org: $org})
ON CREATE SET head.seq = 0, head.hash = '', head.anchor_seq = 0, head.anchor_hash = '', head.sealed = ''
REMOVE head._lock
RETURN head.seq AS seq, head.hash AS hash, head.anchor_seq AS anchor_seq, head.anchor_hash AS anchor_hash,
       head.sealed AS sealed, COLLECT { MATCH (e:AuditEvent) WHERE e.id IN $ids RETURN e.id } AS known,
       COLLECT {
         MATCH (e:AuditEvent)
         WHERE e.org = $org AND e.seq > head.seq
         RETURN {seq: e.seq, hash: e.hash} ORDER BY e.seq DESC LIMIT 1
       } AS beyond
