// summary: Lift a legal hold that stands.
// mode:    write
// params:  org: str -- the organization
//          id: str -- the hold's id
//          reason: str -- why, for people
//          by: str -- id of the user who lifts it; `operator` for a command
//          at: datetime -- now
// returns: id: str
// index:   LegalHold(id)
// rows:    1, or none where there is no such hold, or it stands no more
MATCH (hold:LegalHold {id: $id})
WHERE hold.org = $org AND hold.lifted_at IS NULL
SET hold.lifted_at = $at, hold.lifted_by = $by, hold.lift_reason = $reason
RETURN hold.id AS id
