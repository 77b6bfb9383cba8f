// summary: Take a watch to look at it, so that nobody else does meanwhile; with who asks, as they are now.
// mode:    write
// params:  id: str -- of the watch
//          place: str -- what happened last in its organization, in the stream of events; empty where that is not known
//          now: datetime
//          until: datetime -- then others may take it, should whoever looks have died
// returns: watch: map, query: map -- the saved one
//          owner: map -- email, org_name, role, own (permissions of a role of the organization's own), clearance,
//                        is_platform_admin; null where they may not ask any more
// index:   Watch(id), SavedQuery(id), Membership(org, user), Role(org, name)
// rows:    0 or 1
MATCH (w:Watch {id: $id})
// Removing what is not there takes the lock and writes nothing.
REMOVE w._lock
WITH w
WHERE coalesce(w.taken_until, $now) <= $now AND w.not_before <= $now AND (w.due_at <= $now OR w.seen < $place)
MATCH (q:SavedQuery {id: $id})
SET w.taken_until = $until, w.fence = w.fence + 1
WITH w, q
OPTIONAL MATCH (member:Membership {org: w.org, user: w.owner})<-[:HAS_MEMBERSHIP]-(user:User)
WHERE member.suspended_at IS NULL AND user.suspended_at IS NULL
OPTIONAL MATCH (member)-[:IN]->(org:Organization)
WHERE org.suspended_at IS NULL AND org.deleted_at IS NULL
OPTIONAL MATCH (own:Role {org: w.org, name: member.role})
RETURN properties(w) AS watch, properties(q) AS query, CASE WHEN org IS NOT NULL THEN {
  email: user.email, org_name: org.name, role: member.role, own: own.permissions,
  clearance: coalesce(member.clearance, 'CLEAR'), is_platform_admin: coalesce(user.is_platform_admin, false)
} END AS owner
