// summary: Organizations that were deleted before a moment.
// mode:    read
// params:  before: datetime
// returns: id: str, name: str, deleted_at: datetime
// index:   Organization(deleted_at)
// rows:    one an organization, the longest deleted first
MATCH (org:Organization)
WHERE org.deleted_at <= $before
RETURN org.id AS id, org.name AS name, org.deleted_at AS deleted_at
ORDER BY deleted_at
