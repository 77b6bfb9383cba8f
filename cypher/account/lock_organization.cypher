// summary: Take an organization's lock until the transaction ends, so that changes of its members happen one by one.
// mode:    write
// params:  org: str -- the organization
// returns: id: str, name: str, created_at: datetime, suspended_at: datetime, deleted_at: datetime -- null if it is not
//          purging_at: datetime -- since when it is being removed for good; null if it is not
// index:   Organization(id)
// rows:    1, or none where there is no such organization
MATCH (org:Organization {id: $org})
REMOVE org._lock
RETURN org.id AS id, org.name AS name, org.created_at AS created_at, org.suspended_at AS suspended_at,
       org.deleted_at AS deleted_at, org.purging_at AS purging_at
