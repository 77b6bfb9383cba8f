// summary: Close findings, saying what cleared them.
// mode:    write
// params:  now: datetime
//          findings: list<map> -- id, reason, cleared_by (ids of what no longer holds)
// returns: id: str -- of each finding
// index:   Finding(id)
// rows:    one a finding
UNWIND $findings AS row
MATCH (finding:Finding {id: row.id})
SET finding.state = 'CLOSED', finding.closed_at = $now, finding.changed_at = $now,
    finding.cleared_reason = row.reason, finding.cleared_by = row.cleared_by
RETURN finding.id AS id
