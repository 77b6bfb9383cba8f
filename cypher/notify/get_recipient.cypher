// summary: How strict a marking a member of an organization may read, by their e-mail address; for what is sent to them.
// mode:    read
// params:  org: str -- the organization
//          email: str -- in the form in which accounts have it
// returns: clearance: str
// index:   User(email)
// rows:    1, or none where nobody by the address belongs to it, or only somebody who is suspended
MATCH (user:User {email: $email})-[:HAS_MEMBERSHIP]->(member:Membership)
WHERE member.org = $org AND user.suspended_at IS NULL AND member.suspended_at IS NULL
RETURN coalesce(member.clearance, 'CLEAR') AS clearance
