// summary: Who a key belongs to, in which organization, with which role, and what narrows it.
// mode:    read
// params:  hash: str -- SHA-256 of the key
//          now: datetime
// returns: key: str -- the key's id, user: str -- the user's id, email: str
//          org: str -- the organization's id, org_name: str, role: str
//          own: list<str> -- permissions of an organization's own role, null for one of the usual roles
//          scopes: list<str> -- permissions that the key is narrowed to, null for all of the role
//          clearance: str -- the member's, key_clearance: str -- the key's, null where it has none of its own
//          is_platform_admin: bool, used_at: datetime -- when a use was last noted, null if never
// index:   ApiKey(hash), Role(org, name)
// rows:    0 or 1; none for a key that is revoked or expired, or whose user, membership or organization is suspended
MATCH (key:ApiKey {hash: $hash})
WHERE key.revoked_at IS NULL AND (key.expires_at IS NULL OR key.expires_at > $now)
MATCH (key)<-[:HAS_KEY]-(user:User)-[:HAS_MEMBERSHIP]->(membership:Membership)-[:IN]->(org:Organization)
WHERE org.id = key.org AND user.suspended_at IS NULL AND membership.suspended_at IS NULL
  AND org.suspended_at IS NULL AND org.deleted_at IS NULL
OPTIONAL MATCH (own:Role {org: org.id, name: membership.role})
RETURN key.id AS key, user.id AS user, user.email AS email, org.id AS org, org.name AS org_name,
       membership.role AS role, own.permissions AS own, key.scopes AS scopes,
       coalesce(membership.clearance, 'CLEAR') AS clearance, key.clearance AS key_clearance,
       coalesce(user.is_platform_admin, false) AS is_platform_admin, key.used_at AS used_at
LIMIT 1
