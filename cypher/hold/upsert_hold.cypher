// summary: Set a legal hold; what is set already stays as it is.
// mode:    write
// params:  org: str -- the organization
//          id: str -- the hold's id
//          reason: str -- why, for people
//          by: str -- id of the user who sets it; `operator` for a command
//          at: datetime -- now
// returns: id: str
// index:   LegalHold(id)
// rows:    1
MERGE (hold:LegalHold {id: $id})
ON CREATE SET hold.org = $org, hold.reason = $reason, hold.set_by = $by, hold.set_at = $at
RETURN hold.id AS id
