// summary: Delete an organization that is being removed for good.
// mode:    write
// params:  org: str -- the organization
// returns: id: str
// index:   Organization(id)
// rows:    1, or none where there is no such organization, or it is not being removed
MATCH (org:Organization {id: $org})
WHERE org.purging_at IS NOT NULL
DETACH DELETE org
RETURN $org AS id
