// summary: A membership says whose it is, so that nobody can have two in one organization.
MATCH (u:User)-[:HAS_MEMBERSHIP]->(m:Membership) WHERE m.user IS NULL SET m.user = u.id;
