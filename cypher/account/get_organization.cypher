// summary: An organization, with its owner's address and how many belong to it.
// mode:    read
// params:  org: str -- the organization
// returns: id: str, name: str, created_at: datetime, suspended_at: datetime, deleted_at: datetime, purging_at: datetime
//          owner: str -- e-mail address, members: int
// index:   Organization(id), Membership(org)
// rows:    1, or none where there is no such organization
MATCH (org:Organization {id: $org})
RETURN org.id AS id, org.name AS name, org.created_at AS created_at, org.suspended_at AS suspended_at,
       org.deleted_at AS deleted_at, org.purging_at AS purging_at,
       head(COLLECT {
         MATCH (m:Membership)<-[:HAS_MEMBERSHIP]-(user:User) WHERE m.org = org.id AND m.role = 'OWNER' RETURN user.email
       }) AS owner,
       COUNT { MATCH (m:Membership) WHERE m.org = org.id } AS members
