// summary: Add rows to a chain whose head is locked, and remember which acts they begin and end.
// mode:    write
// params:  org: str -- the organization; empty for the platform's own chain
//          rows: list<map> -- the rows as stored, in order
//          seq: int -- of the last one, hash: str -- of the last one
//          sealed: str -- the chain's new end, sealed, key_version: str -- of the master key that seals it
//          opened: list<map> -- id, at of rows that stand before an act
//          closed: list<str> -- ids of the rows before acts that have ended
// returns: added: int -- how many rows
// index:   AuditHead(org), AuditOpen(id)
// rows:    1
MATCH (head:AuditHead {org: $org})
SET head.seq = $seq, head.hash = $hash, head.sealed = $sealed, head.key_version = $key_version
FOREACH (row IN $rows | CREATE (e:AuditEvent) SET e = row)
FOREACH (row IN $opened | CREATE (:AuditOpen {id: row.id, org: $org, at: row.at}))
WITH head
CALL () {
  MATCH (open:AuditOpen)
  WHERE open.id IN $closed
  DELETE open
}
RETURN size($rows) AS added
