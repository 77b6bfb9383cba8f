// summary: Bring the memberships that a provider manages to what it says of a user: made, changed, removed.
// mode:    write
// params:  user: str -- the user's id
//          issuer: str -- the provider
//          wanted: list<map> -- id of the membership where it is new, the organization's id as org, role and clearance
//          now: datetime
// returns: org: str, change: str -- GIVEN, CHANGED, or ENDED with the keys that the user had there, role: str, clearance: str
// index:   User(id), Organization(id), Membership(org)
// rows:    one a membership that is not as it was
// A membership that people gave, or another provider, stays as it is; so does a suspended one, whose end would
// otherwise be a way out of the suspension.
MATCH (user:User {id: $user})
REMOVE user._lock
WITH user
CALL (user) {
  MATCH (user)-[:HAS_MEMBERSHIP]->(gone:Membership)
  WHERE gone.managed_by = $issuer AND gone.suspended_at IS NULL AND NOT gone.org IN [w IN $wanted | w.org]
  CALL (user, gone) {
    MATCH (user)-[:HAS_KEY]->(key:ApiKey)
    WHERE key.org = gone.org AND key.revoked_at IS NULL
    SET key.revoked_at = $now
    RETURN count(key) AS keys
  }
  WITH gone, gone.org AS org, gone.role AS role, gone.clearance AS clearance
  DETACH DELETE gone
  RETURN org, 'ENDED' AS change, role, clearance
UNION
  UNWIND $wanted AS each
  MATCH (org:Organization {id: each.org})
  WHERE NOT EXISTS { MATCH (user)-[:HAS_MEMBERSHIP]->(had:Membership) WHERE had.org = each.org }
  CREATE (user)-[:HAS_MEMBERSHIP]->(:Membership {id: each.id, org: each.org, user: user.id, managed_by: $issuer,
    role: each.role, clearance: each.clearance, created_at: $now})-[:IN]->(org)
  RETURN each.org AS org, 'GIVEN' AS change, each.role AS role, each.clearance AS clearance
UNION
  UNWIND $wanted AS each
  MATCH (user)-[:HAS_MEMBERSHIP]->(had:Membership)
  WHERE had.org = each.org AND had.managed_by = $issuer AND (had.role <> each.role OR had.clearance <> each.clearance)
  SET had.role = each.role, had.clearance = each.clearance
  RETURN each.org AS org, 'CHANGED' AS change, each.role AS role, each.clearance AS clearance
}
RETURN org, change, role, clearance ORDER BY org
