// summary: Take a member out of an organization, and end the keys that the member has there.
// mode:    write
// params:  org: str -- the organization
//          id: str -- of the membership
//          now: datetime
// returns: keys: int -- how many were ended
// index:   Membership(id)
// rows:    1, or none where the organization has no such member
MATCH (member:Membership {id: $id})<-[:HAS_MEMBERSHIP]-(user:User)
WHERE member.org = $org
CALL (user) {
  MATCH (user)-[:HAS_KEY]->(key:ApiKey)
  WHERE key.org = $org AND key.revoked_at IS NULL
  SET key.revoked_at = $now
  RETURN count(key) AS keys
}
DETACH DELETE member
RETURN keys
