// summary: Which of these are members of an organization.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- of memberships
// returns: id: str
// index:   Membership(id)
// rows:    one a member
MATCH (member:Membership)
WHERE member.id IN $ids AND member.org = $org
RETURN member.id AS id
