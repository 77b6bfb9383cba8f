// summary: The chains there are: those that have an end, and those that only have rows, which should not be.
// mode:    read
// params:  org: str -- the organization; empty for the platform's own chain; null for all chains
// returns: org: str
// scan:    looks at every row; an operator asks this
// rows:    one a chain, by organization
CALL () {
  MATCH (head:AuditHead)
  RETURN head.org AS org
UNION
  MATCH (e:AuditEvent)
  RETURN e.org AS org
}
WITH DISTINCT org
WHERE $org IS NULL OR org = $org
RETURN org
ORDER BY org
