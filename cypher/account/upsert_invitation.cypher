// summary: Invite somebody, or invite once more: a former token opens nothing any longer.
// mode:    write
// params:  org: str -- the organization
//          id: str -- the invitation's id
//          email: str -- whom it is for
//          role: str
//          clearance: str
//          teams: list<str> -- ids
//          hash: str -- SHA-256 of the token
//          invited_by: str -- e-mail address
//          now: datetime
//          expires_at: datetime
// returns: id: str
// index:   Invitation(id)
// rows:    1
MERGE (invitation:Invitation {id: $id})
ON CREATE SET invitation.org = $org, invitation.email = $email, invitation.created_at = $now
SET invitation.role = $role, invitation.clearance = $clearance, invitation.teams = $teams, invitation.hash = $hash,
    invitation.invited_by = $invited_by, invitation.sent_at = $now, invitation.expires_at = $expires_at
RETURN invitation.id AS id
