// summary: Set an organization's name, and whether it is suspended, deleted or being removed for good.
// mode:    write
// params:  org: str -- the organization
//          name: str
//          suspended_at: datetime -- null where it is not
//          deleted_at: datetime -- null where it is not
//          purging_at: datetime -- null where it is not
// returns: id: str
// index:   Organization(id)
// rows:    1, or none where there is no such organization
MATCH (org:Organization {id: $org})
SET org.name = $name, org.suspended_at = $suspended_at, org.deleted_at = $deleted_at, org.purging_at = $purging_at
RETURN org.id AS id
