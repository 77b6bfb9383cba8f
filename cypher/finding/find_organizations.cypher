// summary: Every organization that people may enter, for work that is due in all of them.
// mode:    read
// params:  none
// returns: id: str
// index:   Organization(id)
// rows:    one an organization
MATCH (organization:Organization)
WHERE organization.id > '' AND organization.suspended_at IS NULL AND organization.deleted_at IS NULL
RETURN organization.id AS id
