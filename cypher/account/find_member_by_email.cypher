// summary: The membership of whoever has an e-mail address, in one organization; one question whether they have an account or not.
// mode:    read
// params:  org: str -- the organization
//          key: str -- the e-mail address
// returns: id: str -- of the membership
// index:   User(email)
// rows:    1, or none where nobody by the address belongs to it
MATCH (user:User {email: $key})-[:HAS_MEMBERSHIP]->(member:Membership)
WHERE member.org = $org
RETURN member.id AS id
