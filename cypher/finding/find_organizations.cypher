// summary: Every organization, for work that is due in all of them.
// mode:    read
// params:  none
// returns: id: str
// index:   Organization(id)
// rows:    one an organization
MATCH (organization:Organization)
WHERE organization.id > ''
RETURN organization.id AS id
