// summary: A page of all organizations, by id.
// mode:    read
// params:  behind: str -- the last id seen; empty for the first page
//          limit: int -- how many at most
// returns: id: str, name: str, created_at: datetime, suspended_at: datetime, deleted_at: datetime, purging_at: datetime
//          owner: str -- e-mail address, members: int
// index:   Organization(id), Membership(org)
// rows:    at most limit
MATCH (org:Organization)
WHERE org.id > $behind
WITH org ORDER BY org.id LIMIT $limit
RETURN org.id AS id, org.name AS name, org.created_at AS created_at, org.suspended_at AS suspended_at,
       org.deleted_at AS deleted_at, org.purging_at AS purging_at,
       head(COLLECT {
         MATCH (m:Membership)<-[:HAS_MEMBERSHIP]-(user:User) WHERE m.org = org.id AND m.role = 'OWNER' RETURN user.email
       }) AS owner,
       COUNT { MATCH (m:Membership) WHERE m.org = org.id } AS members
ORDER BY id
