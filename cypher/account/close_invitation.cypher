// summary: End an open invitation: accepted, or taken back.
// mode:    write
// params:  org: str -- the organization
//          id: str -- the invitation's id
//          is_accepted: bool
//          now: datetime
// returns: id: str
// index:   Invitation(id)
// rows:    1, or none where the organization has no such open invitation
MATCH (invitation:Invitation {id: $id})
WHERE invitation.org = $org AND invitation.accepted_at IS NULL AND invitation.revoked_at IS NULL
SET invitation.accepted_at = CASE WHEN $is_accepted THEN $now END,
    invitation.revoked_at = CASE WHEN $is_accepted THEN null ELSE $now END
RETURN invitation.id AS id
