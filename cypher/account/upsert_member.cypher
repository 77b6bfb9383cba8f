// summary: Set a member's role and clearance, and whether the membership is suspended.
// mode:    write
// params:  org: str -- the organization
//          id: str -- of the membership
//          role: str
//          clearance: str
//          suspended_at: datetime -- null where it is not
// returns: id: str
// index:   Membership(id)
// rows:    1, or none where the organization has no such member
MATCH (member:Membership {id: $id})
WHERE member.org = $org
SET member.role = $role, member.clearance = $clearance, member.suspended_at = $suspended_at
RETURN member.id AS id
