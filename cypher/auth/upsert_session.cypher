// summary: Begin a session of a member; the least used ones beyond the most that a user may have are ended.
// mode:    write
// params:  id: str
//          user: str -- the user's id
//          org: str -- the organization's id
//          kind: str -- COOKIE or TOKEN
//          hash: str -- SHA-256 of what its holder shows
//          rotation: str -- SHA-256 of the changing part of the first refresh token; null for a cookie
//          method: str -- how the user signed in
//          address: str
//          agent: str
//          client: str -- SHA-256 of where it comes from and what it runs
//          device: str -- SHA-256 of the device's mark; null where it has none
//          now: datetime
//          expires_at: datetime
//          most: int -- live sessions of a user
// returns: id: str
// index:   User(id), Session(id)
// rows:    1, or none where the user may not enter the organization
MATCH (user:User {id: $user})-[:HAS_MEMBERSHIP]->(membership:Membership)-[:IN]->(org:Organization {id: $org})
WHERE user.suspended_at IS NULL AND membership.suspended_at IS NULL AND org.suspended_at IS NULL
  AND org.deleted_at IS NULL
WITH user LIMIT 1
CALL (user) {
  MATCH (user)-[:HAS_SESSION]->(former:Session)
  WHERE former.ended_at IS NULL AND former.expires_at > $now
  WITH former ORDER BY former.last_seen_at DESC SKIP $most - 1
  SET former.ended_at = $now, former.ended_why = 'too many'
  RETURN count(former) AS ended
}
CREATE (user)-[:HAS_SESSION]->(session:Session {
  id: $id, user: user.id, org: $org, kind: $kind, hash: $hash, rotations: [x IN [$rotation] WHERE x IS NOT NULL],
  former: [], method: $method, address: $address, agent: $agent, client: $client, device: $device,
  created_at: $now, last_seen_at: $now, rotated_at: $now, expires_at: $expires_at
})
RETURN session.id AS id
